package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.millio.net.CloseReason;
import io.millio.net.ServerStats;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** The meters of one server, all zero until it is built. For any thread. */
final class ServerMeters {
    private static final ServerStats NOTHING =
            new ServerStats(0, 0, 0, Map.of(), Map.of(), Duration.ZERO, 0, 0, 0, 0, 0, 0, 0, Map.of());
    private static final String CONNECTIONS = BaseUnits.CONNECTIONS;
    private static final List<String> LIMITS = List.of("max-connections", "max-connections-per-address", "accept-rate");

    /** A look at a server visits every open connection. */
    private static final long AGE_NANOS_PER_CONNECTION = 10_000;

    private final String server;
    private final Supplier<Optional<ServerStats>> source;
    private final Snapshot<ServerStats> figures =
            new Snapshot<>(this::take, now -> now.active() * AGE_NANOS_PER_CONNECTION);
    private final List<Meters<ServerStats>> bound = new CopyOnWriteArrayList<>();
    private final Set<String> errorKinds = ConcurrentHashMap.newKeySet();

    ServerMeters(String server, Supplier<Optional<ServerStats>> source) {
        this.server = server;
        this.source = source;
    }

    void bindTo(MeterRegistry registry) {
        Meters<ServerStats> meters = new Meters<>(registry, figures, Tags.of("server", server));
        bindConnections(meters);
        bindTraffic(meters);
        synchronized (errorKinds) {
            bindErrors(meters, "none");
            errorKinds.forEach(kind -> bindErrors(meters, kind));
            bound.add(meters);
        }
    }

    private static void bindConnections(Meters<ServerStats> meters) {
        meters.gauge("mill.server.connections.active", CONNECTIONS, "Open connections", ServerStats::active);
        meters.gauge(
                "mill.server.connections.max",
                CONNECTIONS,
                "Greatest number of open connections that is allowed",
                ServerStats::maxConnections);
        meters.counter("mill.server.connections", CONNECTIONS, "Connections accepted", ServerStats::accepted);
        String rejected = "Connections that were refused, by the limit, and failures to accept one";
        meters.with("reason", "accept_failed")
                .counter("mill.server.connections.rejected", CONNECTIONS, rejected, ServerStats::acceptFailures);
        for (String limit : LIMITS) {
            meters.with("reason", limit.replace('-', '_'))
                    .counter("mill.server.connections.rejected", CONNECTIONS, rejected, now -> now.rejected()
                            .getOrDefault(limit, 0L));
        }
        for (CloseReason reason : CloseReason.values()) {
            meters.with("reason", reason.name().toLowerCase(Locale.ROOT))
                    .counter("mill.server.connections.closed", CONNECTIONS, "Connections closed", now -> now.closed()
                            .getOrDefault(reason, 0L));
        }
        meters.timer(
                "mill.server.connection.duration",
                "How long closed connections were open",
                now -> now.closed().values().stream().mapToLong(Long::longValue).sum(),
                now -> LoopFigures.seconds(now.connected()));
    }

    private static void bindTraffic(Meters<ServerStats> meters) {
        Meters<ServerStats> in = meters.with("direction", "in");
        Meters<ServerStats> out = meters.with("direction", "out");
        String bytes = "Bytes received and sent";
        in.counter("mill.server.bytes", BaseUnits.BYTES, bytes, ServerStats::bytesIn);
        out.counter("mill.server.bytes", BaseUnits.BYTES, bytes, ServerStats::bytesOut);
        String messages = "Frames or pieces delivered to the handler, and writes accepted from it";
        in.counter("mill.server.messages", BaseUnits.MESSAGES, messages, ServerStats::messagesIn);
        out.counter("mill.server.messages", BaseUnits.MESSAGES, messages, ServerStats::messagesOut);
        meters.gauge(
                "mill.server.write.queue",
                BaseUnits.BYTES,
                "Bytes written and not yet taken by the network",
                ServerStats::pendingBytes);
        meters.counter(
                "mill.server.reads.paused",
                "pauses",
                "How often reading from a connection was paused",
                ServerStats::readsPaused);
    }

    /**
     * Which exceptions there are is known only when they have been thrown, so each look at the figures meets the new ones; they
     * show at the look after that. The kind "none", always zero, is the one that is always there to be looked at.
     */
    private ServerStats take() {
        ServerStats stats = source.get().orElse(NOTHING);
        if (!errorKinds.containsAll(stats.handlerErrors().keySet())) {
            synchronized (errorKinds) {
                stats.handlerErrors().keySet().stream()
                        .filter(errorKinds::add)
                        .forEach(kind -> bound.forEach(meters -> bindErrors(meters, kind)));
            }
        }
        return stats;
    }

    private static void bindErrors(Meters<ServerStats> meters, String kind) {
        meters.with("exception", kind)
                .counter(
                        "mill.handler.errors",
                        "errors",
                        "What callbacks of handlers have thrown",
                        now -> now.handlerErrors().getOrDefault(kind, 0L));
    }
}
