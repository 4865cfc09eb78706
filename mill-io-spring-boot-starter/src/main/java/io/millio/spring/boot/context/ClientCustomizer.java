package io.millio.spring.boot.context;

import io.millio.net.TcpClient;
import io.millio.net.pool.ConnectionPool;

/**
 * A bean that changes a configured client before it is built, after everything that the properties say; several are called in their
 * order. Called by the thread that refreshes the application context.
 */
@FunctionalInterface
public interface ClientCustomizer {
    /**
     * Changes the builders.
     *
     * @param name the client's key below {@code mill.clients}
     */
    void customize(String name, TcpClient.Builder client, ConnectionPool.Builder pool);
}
