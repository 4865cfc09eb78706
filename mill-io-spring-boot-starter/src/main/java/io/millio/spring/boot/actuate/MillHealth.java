package io.millio.spring.boot.actuate;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/** The health of loops, servers and clients, one contributor each; stateless. */
public final class MillHealth {
    private MillHealth() {}

    /**
     * The contributors, below {@code loops}, {@code servers} and {@code clients}.
     *
     * @param stallBound how long a reactor may be held up before its loop is DOWN; zero for ever
     */
    public static CompositeHealthContributor of(Observed observed, Duration stallBound) {
        Map<String, HealthContributor> loops = new LinkedHashMap<>();
        observed.loops().forEach(loop -> loops.put(plain(loop.name()), new LoopHealthIndicator(loop, stallBound)));
        Map<String, HealthContributor> servers = new LinkedHashMap<>();
        observed.servers().forEach(server -> servers.put(plain(server.name()), new ServerHealthIndicator(server)));
        Map<String, HealthContributor> parts = new LinkedHashMap<>();
        parts.put("loops", CompositeHealthContributor.fromMap(loops));
        if (!servers.isEmpty()) {
            parts.put("servers", CompositeHealthContributor.fromMap(servers));
        }
        Map<String, HealthContributor> clients = new LinkedHashMap<>();
        observed.clients()
                .forEach((name, figures) -> clients.put(plain(name), new ClientHealthIndicator(name, figures)));
        if (!clients.isEmpty()) {
            parts.put("clients", CompositeHealthContributor.fromMap(clients));
        }
        return CompositeHealthContributor.fromMap(parts);
    }

    /** A slash would look like another level of the path. */
    private static String plain(String name) {
        return name.replace('/', '-');
    }
}
