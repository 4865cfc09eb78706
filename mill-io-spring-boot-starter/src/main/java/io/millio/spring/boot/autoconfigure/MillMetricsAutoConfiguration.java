package io.millio.spring.boot.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.millio.loop.EventLoop;
import io.millio.net.ServerStats;
import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import io.millio.net.UdpStats;
import io.millio.pool.BufferPoolStats;
import io.millio.spring.boot.actuate.MillMeterBinder;
import io.millio.spring.boot.actuate.Observed;
import io.millio.spring.boot.context.ConfiguredServers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Meters for loops and servers where there is a registry. Used by the thread that refreshes the context. */
@AutoConfiguration(
        after = {
            MillAutoConfiguration.class,
            MetricsAutoConfiguration.class,
            CompositeMeterRegistryAutoConfiguration.class,
            SimpleMetricsExportAutoConfiguration.class
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, ConfiguredServers.class})
public final class MillMetricsAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    MillMeterBinder millMeterBinder(
            ObjectProvider<EventLoop> loops, ConfiguredServers servers, Observed observed, MillProperties properties) {
        Map<String, Supplier<Optional<ServerStats>>> sources = new LinkedHashMap<>();
        Map<String, Supplier<Optional<UdpStats>>> datagrams = new LinkedHashMap<>();
        for (String name : servers.names()) {
            if (servers.isDatagrams(name)) {
                datagrams.put(name, () -> servers.builtDatagrams(name).map(UdpEndpoint::stats));
            } else {
                sources.put(name, () -> servers.builtServer(name).map(TcpServer::stats));
            }
        }
        return new MillMeterBinder(
                loops.orderedStream().toList(),
                properties.metrics().perLoop(),
                sources,
                datagrams,
                observed.clients(),
                Map.of(servers.loop().name(), () -> buffers(servers)));
    }

    /** All servers share the pool of their loop. */
    private static Optional<BufferPoolStats> buffers(ConfiguredServers servers) {
        return servers.names().stream()
                .flatMap(name -> servers.builtServer(name).stream())
                .findFirst()
                .map(TcpServer::bufferPoolStats);
    }
}
