package io.millio.spring.boot.context;

import io.millio.net.TcpClient;
import io.millio.net.pool.ConnectionPool;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.beans.factory.DisposableBean;

/** The pools of the configuration. Built and closed by the thread that refreshes and closes the context; for any thread. */
public final class ConfiguredClients implements MillClients, DisposableBean {
    private final Map<String, ConnectionPool> pools = new TreeMap<>();

    /** Builds all of them, which connects nothing. */
    public ConfiguredClients(List<ClientDefinition> definitions, List<ClientCustomizer> customizers) {
        for (ClientDefinition definition : definitions) {
            customizers.forEach(
                    customizer -> customizer.customize(definition.name(), definition.client(), definition.pool()));
            pools.put(definition.name(), build(definition));
        }
    }

    private static ConnectionPool build(ClientDefinition definition) {
        try {
            return definition.pool().build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new MillStartException(
                    "Client '" + definition.name() + "' cannot be built: " + e.getMessage() + ".",
                    "Change the properties below " + definition.property("*")
                            + ", or the ClientCustomizer that has set this.",
                    e);
        }
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(pools.keySet());
    }

    @Override
    public ConnectionPool pool(String name) {
        ConnectionPool pool = pools.get(name);
        if (pool == null) {
            throw new IllegalArgumentException("there is no client '" + name + "'; "
                    + (pools.isEmpty() ? "none is configured below mill.clients" : "known are " + names()));
        }
        return pool;
    }

    @Override
    public void destroy() {
        pools.values().forEach(ConnectionPool::close);
    }

    /**
     * What the configuration says of one client, checked. The builders belong to the thread that refreshes the context.
     *
     * @param name the key below {@code mill.clients}
     */
    public record ClientDefinition(String name, TcpClient.Builder client, ConnectionPool.Builder pool) {
        /** The name of a property of this client, to be quoted in messages. */
        public String property(String key) {
            return ServerDefinition.property("mill.clients", name, key);
        }
    }
}
