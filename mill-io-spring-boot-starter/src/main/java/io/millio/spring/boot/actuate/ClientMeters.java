package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.millio.net.pool.PoolStats;
import java.util.function.Supplier;

/** The meters of one client's pool of connections. For any thread. */
final class ClientMeters {
    private final String client;
    private final Snapshot<PoolStats> figures;

    ClientMeters(String client, Supplier<PoolStats> source) {
        this.client = client;
        this.figures = new Snapshot<>(source, now -> 0);
    }

    void bindTo(MeterRegistry registry) {
        Meters<PoolStats> meters = new Meters<>(registry, figures, Tags.of("client", client));
        String connections = "Connections that are lent, and that wait to be lent";
        meters.with("state", "used")
                .gauge("mill.client.connections", BaseUnits.CONNECTIONS, connections, PoolStats::used);
        meters.with("state", "idle")
                .gauge("mill.client.connections", BaseUnits.CONNECTIONS, connections, PoolStats::idle);
        meters.gauge(
                "mill.client.connections.max",
                BaseUnits.CONNECTIONS,
                "Greatest number of connections that is allowed",
                PoolStats::max);
        meters.gauge(
                "mill.client.connections.pending", "callers", "Callers waiting for a connection", PoolStats::pending);
        meters.counter("mill.client.timeouts", "callers", "Callers who have waited in vain", PoolStats::timeouts);
        meters.timer(
                "mill.client.create",
                "How long making connections took",
                PoolStats::created,
                now -> LoopFigures.seconds(now.createTime()));
        meters.timer(
                "mill.client.wait",
                "How long callers waited for connections",
                PoolStats::acquired,
                now -> LoopFigures.seconds(now.waitTime()));
        meters.timer(
                "mill.client.use",
                "How long connections were lent",
                PoolStats::released,
                now -> LoopFigures.seconds(now.useTime()));
    }
}
