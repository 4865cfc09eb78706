package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.millio.loop.EventLoop;
import io.millio.net.ServerStats;
import io.millio.net.UdpStats;
import io.millio.net.pool.PoolStats;
import io.millio.pool.BufferPoolStats;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Binds the figures of event loops and servers to registries. Everything is read when a registry asks, never written while
 * something is served; figures go on over stop and start. For any thread, and for any number of registries.
 */
public final class MillMeterBinder implements MeterBinder {
    private static final String ALL_LOOPS = "all";

    private final List<LoopMeters> loops = new ArrayList<>();
    private final List<ComputeMeters> computing = new ArrayList<>();
    private final List<ServerMeters> servers = new ArrayList<>();
    private final List<DatagramMeters> datagrams = new ArrayList<>();
    private final List<ClientMeters> clients = new ArrayList<>();
    private final List<PoolMeters> pools = new ArrayList<>();

    /**
     * @param loops all loops
     * @param perLoop whether each has meters of its own, tagged with its name, or all are summed up under the name "all"
     * @param servers where to get the figures of each server, by name; nothing as long as it is not built
     * @param datagrams the same of each server for datagrams
     * @param clients where to get the figures of each client, by name
     * @param pools where to get the figures of each pool of buffers, by the name of its loop; nothing as long as there is none
     */
    public MillMeterBinder(
            List<EventLoop> loops,
            boolean perLoop,
            Map<String, Supplier<Optional<ServerStats>>> servers,
            Map<String, Supplier<Optional<UdpStats>>> datagrams,
            Map<String, Supplier<PoolStats>> clients,
            Map<String, Supplier<Optional<BufferPoolStats>>> pools) {
        Map<String, List<EventLoop>> groups = new LinkedHashMap<>();
        loops.forEach(loop -> groups.computeIfAbsent(perLoop ? loop.name() : ALL_LOOPS, key -> new ArrayList<>())
                .add(loop));
        groups.forEach((name, members) -> {
            this.loops.add(new LoopMeters(name, members));
            this.computing.add(new ComputeMeters(name, members));
        });
        servers.forEach((name, source) -> this.servers.add(new ServerMeters(name, source)));
        datagrams.forEach((name, source) -> this.datagrams.add(new DatagramMeters(name, source)));
        clients.forEach((name, source) -> this.clients.add(new ClientMeters(name, source)));
        pools.forEach((name, source) -> this.pools.add(new PoolMeters(name, source)));
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        loops.forEach(loop -> loop.bindTo(registry));
        computing.forEach(pool -> pool.bindTo(registry));
        servers.forEach(server -> server.bindTo(registry));
        datagrams.forEach(server -> server.bindTo(registry));
        clients.forEach(client -> client.bindTo(registry));
        pools.forEach(pool -> pool.bindTo(registry));
    }
}
