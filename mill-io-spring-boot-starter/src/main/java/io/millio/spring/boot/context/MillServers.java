package io.millio.spring.boot.context;

import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import java.net.SocketAddress;
import java.util.Set;

/**
 * The servers configured below {@code mill.servers}, by name; those that are disabled are not among them. For any
 * thread.
 *
 * <p>Servers are built when all beans exist, and listen once the context has started; with port 0 this is where a test
 * learns the port.
 */
public interface MillServers {
    /** The names, in alphabetical order; known from the beginning. */
    Set<String> names();

    /**
     * The server of a name.
     *
     * @throws IllegalArgumentException if there is none; the text lists the names
     * @throws IllegalStateException if it is not built yet, its transport is udp, or its handler is an {@code
     *     EventHandler} and there is only a channel
     */
    TcpServer server(String name);

    /**
     * The endpoint of a name whose transport is udp.
     *
     * @throws IllegalArgumentException if there is none; the text lists the names
     * @throws IllegalStateException if it is not built yet, or its transport is another
     */
    UdpEndpoint datagrams(String name);

    /**
     * The address that was really bound.
     *
     * @throws IllegalArgumentException if there is no such server; the text lists the names
     * @throws IllegalStateException if it does not listen now
     */
    SocketAddress localAddress(String name);

    /**
     * The port that was really bound, as {@link #localAddress} says it.
     *
     * @throws IllegalArgumentException if there is no such server; the text lists the names
     * @throws IllegalStateException if it does not listen now, or has a path instead of a port
     */
    int port(String name);
}
