package io.millio.spring.boot.context;

import java.util.Set;

/**
 * A bean whose callbacks are for the connections of others. Immutable.
 *
 * @param servers the names of the servers that it is for; empty means all
 */
record Advice(Object bean, Set<String> servers, Callbacks callbacks) {
    Advice {
        servers = Set.copyOf(servers);
    }

    boolean isFor(String server) {
        return servers.isEmpty() || servers.contains(server);
    }
}
