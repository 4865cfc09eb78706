package io.millio.spring.boot.context;

import io.millio.net.pool.ConnectionPool;
import java.util.Set;

/**
 * The clients configured below {@code mill.clients}, by name. For any thread. Nothing is connected before the first
 * connection is asked for, which is possible while the context runs.
 */
public interface MillClients {
    /** The names, in alphabetical order. */
    Set<String> names();

    /**
     * The connections of a client; the pool belongs to the context, which closes it.
     *
     * @throws IllegalArgumentException if there is none; the text lists the names
     */
    ConnectionPool pool(String name);
}
