package io.millio.spring.boot.autoconfigure;

import io.millio.loop.EventLoop;
import io.millio.net.pool.PoolStats;
import io.millio.spring.boot.actuate.Observed;
import io.millio.spring.boot.actuate.ObservedServer;
import io.millio.spring.boot.context.ClientCustomizer;
import io.millio.spring.boot.context.ConfiguredClients;
import io.millio.spring.boot.context.ConfiguredServers;
import io.millio.spring.boot.context.ConfiguredWatches;
import io.millio.spring.boot.context.DescriptorLimit;
import io.millio.spring.boot.context.DrainLifecycle;
import io.millio.spring.boot.context.EventLoopCustomizer;
import io.millio.spring.boot.context.OwnedLoop;
import io.millio.spring.boot.context.Readiness;
import io.millio.spring.boot.context.ServersLifecycle;
import io.millio.spring.boot.context.TcpServerCustomizer;
import io.millio.spring.boot.context.UdpEndpointCustomizer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * An event loop, the servers of {@code mill.servers} on it, and their lives within the context's. Used by the thread that
 * refreshes the context. Nothing is opened before the context's lifecycle starts.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "mill.enabled", matchIfMissing = true)
@EnableConfigurationProperties(MillProperties.class)
public final class MillAutoConfiguration {
    @Bean
    ConfiguredServers millServers(
            ConfigurableListableBeanFactory beans,
            MillProperties properties,
            EventLoop loop,
            ObjectProvider<TcpServerCustomizer> customizers,
            ObjectProvider<UdpEndpointCustomizer> udpCustomizers,
            ObjectProvider<SslBundles> bundles,
            DescriptorLimit limit) {
        return new ConfiguredServers(
                beans,
                loop,
                isOwned(beans),
                ServerSettings.definitions(properties.servers(), loop, new SslSettings(bundles.getIfAvailable())),
                WatchSettings.definitions(properties.watches(), loop),
                customizers.orderedStream().toList(),
                udpCustomizers.orderedStream().toList(),
                limit);
    }

    @Bean
    ConfiguredWatches millWatches(MillProperties properties, ConfiguredServers servers) {
        return new ConfiguredWatches(servers, properties.watches().keySet());
    }

    @Bean
    ConfiguredClients millClients(
            MillProperties properties,
            EventLoop loop,
            ObjectProvider<ClientCustomizer> customizers,
            ObjectProvider<SslBundles> bundles) {
        return new ConfiguredClients(
                ClientSettings.definitions(properties.clients(), loop, new SslSettings(bundles.getIfAvailable())),
                customizers.orderedStream().toList());
    }

    @Bean
    @ConditionalOnMissingBean
    DescriptorLimit millDescriptorLimit() {
        return DescriptorLimit.ofProcess();
    }

    @Bean
    ServersLifecycle millServersLifecycle(
            ConfiguredServers servers, EventLoop loop, ConfigurableListableBeanFactory beans) {
        return new ServersLifecycle(servers, loop, isOwned(beans));
    }

    @Bean
    DrainLifecycle millDrainLifecycle(
            ConfiguredServers servers,
            EventLoop loop,
            ConfigurableListableBeanFactory beans,
            MillProperties properties,
            ApplicationContext context) {
        Duration delay = properties.shutdown().preDrainDelay();
        return new DrainLifecycle(
                servers,
                loop,
                isOwned(beans),
                ShutdownTimeout.resolve(properties.shutdown().timeout(), delay, context.getEnvironment()),
                delay,
                new Readiness(context));
    }

    @Bean
    Observed millObserved(
            ObjectProvider<EventLoop> loops,
            ConfiguredServers servers,
            ConfiguredClients clients,
            ConfiguredWatches watches) {
        Map<String, Supplier<PoolStats>> pools = new LinkedHashMap<>();
        clients.names().forEach(name -> pools.put(name, clients.pool(name)::stats));
        return new Observed(
                loops.orderedStream().toList(),
                servers.names().stream()
                        .map(name -> new ObservedServer(
                                name,
                                () -> servers.isOpen(name),
                                () -> servers.openAddress(name),
                                () -> servers.builtServer(name),
                                () -> servers.builtDatagrams(name)))
                        .toList(),
                pools,
                () -> watches.names().stream()
                        .flatMap(name -> watches.built(name).stream())
                        .toList());
    }

    @Bean
    UnknownKeys millUnknownKeys(Environment environment) {
        return new UnknownKeys(environment);
    }

    /** Of this context: a loop that its parent has made is the parent's to end. */
    private static boolean isOwned(ConfigurableListableBeanFactory beans) {
        return beans.getBeanNamesForType(OwnedLoop.class).length > 0;
    }

    /** The starter's own loop, unless the application brings one. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(EventLoop.class)
    static class OwnedLoopConfiguration {
        /** Ended by the lifecycle, which knows how; closing it as a bean would come too late and cut what it serves. */
        @Bean(destroyMethod = "")
        EventLoop millEventLoop(MillProperties properties, ObjectProvider<EventLoopCustomizer> customizers) {
            EventLoop.Builder builder = EventLoopSettings.builder(properties.eventLoop(), properties.compute());
            customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
            return builder.build();
        }

        @Bean
        OwnedLoop millOwnedLoop(EventLoop millEventLoop) {
            return new OwnedLoop(millEventLoop);
        }
    }
}
