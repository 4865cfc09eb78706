package io.millio.spring.boot.actuate;

import io.millio.loop.EventLoop;
import java.util.List;
import java.util.Optional;

/** What of the application Actuator shows. Immutable, for any thread. */
public record Observed(List<EventLoop> loops, List<ObservedServer> servers) {
    /** Copies the lists. */
    public Observed {
        loops = List.copyOf(loops);
        servers = List.copyOf(servers);
    }

    Optional<ObservedServer> server(String name) {
        return servers.stream().filter(server -> server.name().equals(name)).findFirst();
    }
}
