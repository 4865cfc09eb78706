package io.millio.spring.boot.context;

import io.millio.loop.EventLoop;
import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import io.millio.watch.FileWatch;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * The servers and file watches of the configuration, each with the handler bean that belongs to it. Built by the thread that refreshes the
 * context when all beans exist, opened and closed by the one that runs its lifecycle; what {@link MillServers} promises is for
 * any thread.
 */
public final class ConfiguredServers implements MillServers, SmartInitializingSingleton, DisposableBean {
    private static final Log LOG = LogFactory.getLog(ConfiguredServers.class);

    private final ConfigurableListableBeanFactory beans;
    private final EventLoop loop;
    private final boolean ownsLoop;
    private final List<ServerDefinition> definitions;
    private final List<WatchDefinition> watches;
    private final List<TcpServerCustomizer> customizers;
    private final List<UdpEndpointCustomizer> udpCustomizers;
    private final DescriptorLimit limit;
    private final Set<String> names;

    /** All endpoints, servers under their names first; null until they are built. */
    private volatile @Nullable Map<String, Endpoint> endpoints;

    /**
     * @param beans where handlers and channel factories are looked for
     * @param ownsLoop whether the context starts and stops the loop
     * @param limit what the connections of a server have to fit in
     */
    public ConfiguredServers(
            ConfigurableListableBeanFactory beans,
            EventLoop loop,
            boolean ownsLoop,
            List<ServerDefinition> definitions,
            List<WatchDefinition> watches,
            List<TcpServerCustomizer> customizers,
            List<UdpEndpointCustomizer> udpCustomizers,
            DescriptorLimit limit) {
        this.beans = beans;
        this.loop = loop;
        this.ownsLoop = ownsLoop;
        this.definitions = List.copyOf(definitions);
        this.watches = List.copyOf(watches);
        this.customizers = List.copyOf(customizers);
        this.udpCustomizers = List.copyOf(udpCustomizers);
        this.limit = limit;
        Set<String> enabled = new TreeSet<>();
        definitions.stream().filter(server -> server.settings() != null).forEach(server -> enabled.add(server.name()));
        this.names = Collections.unmodifiableSet(enabled);
    }

    // ---- building ---------------------------------------------------------------------------------------------------

    /** Called with lazy initialisation, too; handlers are then created here. */
    @Override
    public void afterSingletonsInstantiated() {
        endpoints = buildAll();
    }

    private Map<String, Endpoint> built() {
        Map<String, Endpoint> built = endpoints;
        return built == null ? Map.of() : built;
    }

    private Map<String, Endpoint> buildAll() {
        KnownTargets known = new KnownTargets(definitions, watches, beans.getBeansOfType(MillChannelFactory.class));
        HandlerBeans handlers = new HandlerBeans(beans, known);
        Bindings bindings = new Bindings(known, handlers.find());
        WatchBindings watchBindings = new WatchBindings(known, handlers.watchBeans());
        Map<String, Endpoint> built = new LinkedHashMap<>();
        try {
            build(built, known, bindings, watchBindings);
        } catch (RuntimeException | Error e) {
            release(built);
            throw e;
        }
        return built;
    }

    private void build(
            Map<String, Endpoint> built, KnownTargets known, Bindings bindings, WatchBindings watchBindings) {
        for (ServerDefinition definition : definitions) {
            definition
                    .enabled()
                    .ifPresent(settings -> built.put(
                            definition.name(), endpoint(definition, settings, bindings.ofServer(definition))));
        }
        known.channels()
                .forEach((bean, factory) -> built.put(
                        "channel of bean '" + bean + "'",
                        RawEndpoint.channel(bean, factory, loop, bindings.ofChannel(bean))));
        watches.forEach(watch ->
                built.put(watchKey(watch.name()), new WatchEndpoint(watch, loop, ownsLoop, watchBindings.of(watch))));
    }

    private static String watchKey(String name) {
        return "watch '" + name + "'";
    }

    /** The file watch of a name, or nothing as long as it is not built. */
    Optional<FileWatch> builtWatch(String name) {
        return built().get(watchKey(name)) instanceof WatchEndpoint watch
                ? Optional.of(watch.watch())
                : Optional.empty();
    }

    private Endpoint endpoint(ServerDefinition definition, ServerDefinition.Settings settings, HandlerBean handler) {
        if (handler.isRaw()) {
            return RawEndpoint.server(definition, settings, loop, handler);
        }
        if (settings.udp().isPresent()) {
            return new DatagramEndpoint(
                    definition, settings, settings.udp().get(), loop, ownsLoop, handler, udpCustomizers);
        }
        TcpEndpoint tcp = new TcpEndpoint(definition, settings, loop, ownsLoop, handler, customizers);
        limit.check(
                definition,
                settings.connectionKeys().contains("max-connections"),
                tcp.server().stats().maxConnections());
        return tcp;
    }

    // ---- opening and closing ----------------------------------------------------------------------------------------

    /** Opens everything, or throws and leaves nothing open. */
    void open() {
        Collection<Endpoint> all = built().values();
        try {
            all.forEach(Endpoint::open);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        all.forEach(ConfiguredServers::announce);
    }

    private static void announce(Endpoint endpoint) {
        if (endpoint.isOpen()) {
            LOG.info(endpoint.describe());
        } else {
            LOG.warn(endpoint.describe());
        }
    }

    /** Ends each server when its work has ended, without blocking. */
    CompletionStage<?> drain(Duration timeout) {
        List<CompletableFuture<?>> parts = new ArrayList<>();
        built().forEach((name, endpoint) -> parts.add(endpoint.drain(timeout)
                .thenAccept(report -> DrainLog.log(names.contains(name) ? "server '" + name + "'" : name, report))
                .toCompletableFuture()));
        return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new));
    }

    /** Ends what is left, without blocking. */
    void close() {
        built().values().forEach(Endpoint::close);
    }

    /** The context is closed, and so is its own loop; another one may go on, and give the tokens to somebody else. */
    @Override
    public void destroy() {
        release(built());
    }

    private void release(Map<String, Endpoint> built) {
        if (!ownsLoop) {
            built.values().forEach(Endpoint::release);
        }
    }

    /** The loop on which all the servers are. */
    public EventLoop loop() {
        return loop;
    }

    // ---- MillServers ------------------------------------------------------------------------------------------------

    @Override
    public Set<String> names() {
        return names;
    }

    @Override
    public TcpServer server(String name) {
        if (endpoint(name) instanceof TcpEndpoint tcp) {
            return tcp.server();
        }
        throw new IllegalStateException(
                builtDatagrams(name).isPresent()
                        ? "server '" + name + "' is for datagrams; datagrams(name) has its endpoint"
                        : "the handler of server '" + name
                                + "' is an EventHandler, so there is a listening channel and no TcpServer; localAddress(name)"
                                + " works");
    }

    @Override
    public UdpEndpoint datagrams(String name) {
        if (endpoint(name) instanceof DatagramEndpoint udp) {
            return udp.endpoint();
        }
        throw new IllegalStateException("server '" + name + "' is not for datagrams; its transport is "
                + endpoint(name).transport());
    }

    /** Whether the server of a name is for datagrams; known from the beginning. */
    public boolean isDatagrams(String name) {
        return definitions.stream().anyMatch(definition -> definition.name().equals(name) && definition.datagrams());
    }

    /** The endpoint of a name, or nothing as long as it is not built, or if it is not for datagrams. */
    public Optional<UdpEndpoint> builtDatagrams(String name) {
        return built().get(name) instanceof DatagramEndpoint udp ? Optional.of(udp.endpoint()) : Optional.empty();
    }

    /** The TCP server of a name, or nothing as long as it is not built, or if there is none. */
    public Optional<TcpServer> builtServer(String name) {
        return built().get(name) instanceof TcpEndpoint tcp ? Optional.of(tcp.server()) : Optional.empty();
    }

    /** Whether a server's port is open now. */
    public boolean isOpen(String name) {
        Endpoint endpoint = built().get(name);
        return endpoint != null && endpoint.isOpen();
    }

    /** Where a server listens now, in one word for messages; nothing if it does not. */
    public Optional<String> openAddress(String name) {
        Endpoint endpoint = built().get(name);
        try {
            return endpoint != null && endpoint.isOpen()
                    ? Optional.of(endpoint.transport() + " " + Addresses.text(endpoint.localAddress()))
                    : Optional.empty();
        } catch (IllegalStateException closedMeanwhile) {
            return Optional.empty();
        }
    }

    @Override
    public SocketAddress localAddress(String name) {
        return endpoint(name).localAddress();
    }

    @Override
    public int port(String name) {
        if (localAddress(name) instanceof InetSocketAddress address) {
            return address.getPort();
        }
        throw new IllegalStateException(
                "server '" + name + "' listens on " + localAddress(name) + ", which has no port");
    }

    private Endpoint endpoint(String name) {
        if (!names.contains(name)) {
            throw new IllegalArgumentException("there is no server '" + name + "'; "
                    + (names.isEmpty() ? "none is configured below mill.servers" : "known are " + names));
        }
        Endpoint endpoint = built().get(name);
        if (endpoint == null) {
            throw new IllegalStateException("server '" + name
                    + "' is not built yet, for its handler may not exist; ask once the context has been refreshed");
        }
        return endpoint;
    }
}
