package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.millio.limit.RateLimiter;
import io.millio.net.CloseReason;
import io.millio.net.ServerStats;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** The meters of one server, all zero until it is built. For any thread. */
final class ServerMeters {
    private static final ServerStats NOTHING =
            new ServerStats(0, 0, 0, Map.of(), Map.of(), Duration.ZERO, 0, 0, 0, 0, 0, 0, 0, Map.of(), Map.of());
    private static final String CONNECTIONS = BaseUnits.CONNECTIONS;
    private static final List<String> LIMITS = List.of("max-connections", "max-connections-per-address", "accept-rate");

    private static final Set<String> RATE_LIMITS = Set.of("messages", "bytes", "shared-messages", "shared-bytes");
    private static final RateLimiter.Stats NO_PERMITS = new RateLimiter.Stats(0, 0);

    /** A look at a server visits every open connection. */
    private static final long AGE_NANOS_PER_CONNECTION = 10_000;

    private final String server;
    private final Supplier<Optional<ServerStats>> source;
    private final Snapshot<ServerStats> figures =
            new Snapshot<>(this::take, now -> now.active() * AGE_NANOS_PER_CONNECTION);
    private final HandlerErrors<ServerStats> errors = new HandlerErrors<>(ServerStats::handlerErrors);

    ServerMeters(String server, Supplier<Optional<ServerStats>> source) {
        this.server = server;
        this.source = source;
    }

    void bindTo(MeterRegistry registry) {
        Meters<ServerStats> meters = new Meters<>(registry, figures, Tags.of("server", server));
        bindConnections(meters);
        bindTraffic(meters);
        bindRateLimits(registry);
        errors.bind(meters);
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

    /** A server that is built already shows the limits that it has; of another nobody knows yet. */
    private void bindRateLimits(MeterRegistry registry) {
        for (String limit : source.get().map(now -> now.rateLimits().keySet()).orElse(RATE_LIMITS)) {
            Meters<ServerStats> meters = new Meters<>(registry, figures, Tags.of("limiter", server + "." + limit));
            bindPermits(meters.with("result", "allowed"), limit, RateLimiter.Stats::allowed);
            bindPermits(meters.with("result", "delayed"), limit, RateLimiter.Stats::delayed);
        }
    }

    private static void bindPermits(
            Meters<ServerStats> meters, String limit, ToLongFunction<RateLimiter.Stats> permits) {
        meters.counter(
                "mill.ratelimiter.permits",
                "permits",
                "Messages or bytes received at once, and at the price of a wait",
                now -> permits.applyAsLong(now.rateLimits().getOrDefault(limit, NO_PERMITS)));
    }

    private ServerStats take() {
        ServerStats stats = source.get().orElse(NOTHING);
        errors.seen(stats);
        return stats;
    }
}
