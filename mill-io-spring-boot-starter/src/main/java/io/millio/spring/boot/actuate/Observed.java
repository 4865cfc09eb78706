package io.millio.spring.boot.actuate;

import io.millio.loop.EventLoop;
import io.millio.net.pool.PoolStats;
import io.millio.watch.FileWatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What of the application Actuator shows. Immutable, for any thread.
 *
 * @param clients where to get the figures of each client, by name
 * @param watches where to get the file watches, which are built after this
 */
public record Observed(
        List<EventLoop> loops,
        List<ObservedServer> servers,
        Map<String, Supplier<PoolStats>> clients,
        Supplier<List<FileWatch>> watches) {
    /** Copies the lists and the map. */
    public Observed {
        loops = List.copyOf(loops);
        servers = List.copyOf(servers);
        clients = Map.copyOf(clients);
    }

    Optional<ObservedServer> server(String name) {
        return servers.stream().filter(server -> server.name().equals(name)).findFirst();
    }
}
