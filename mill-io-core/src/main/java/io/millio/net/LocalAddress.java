package io.millio.net;

import io.millio.internal.Checks;
import java.io.Serial;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A name by which a client reaches a server of the same process in memory, without sockets: for tests, and for parts
 * that may be separate processes one day. Immutable; for any thread.
 *
 * <pre>{@code
 * TcpServer.builder(loop).bind(LocalAddress.of("orders")).handler(handler).start();
 * }</pre>
 *
 * <p>Connections keep the promises of TCP connections, with at most 64 KiB under way in each direction. A reset arrives
 * after the bytes that were sent before it. A name belongs to one server at a time; connecting fails at once if nobody
 * has the name, or if its server's backlog is full.
 */
public final class LocalAddress extends SocketAddress {
    @Serial
    private static final long serialVersionUID = 1;

    private static final AtomicLong CLIENTS = new AtomicLong();

    private final String name;

    private LocalAddress(String name) {
        this.name = name;
    }

    /**
     * The address with this name.
     *
     * @param name 1 to 128 characters, not all of them blank
     * @throws IllegalArgumentException if it is not
     */
    public static LocalAddress of(String name) {
        return new LocalAddress(Checks.name("local address", name));
    }

    /** What a client's end goes by: the server's name, and a number that no other client has. */
    LocalAddress nextClient() {
        return new LocalAddress(name + "#" + CLIENTS.incrementAndGet());
    }

    /** The name that was given, or made for a client's end. */
    public String name() {
        return name;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LocalAddress address && address.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return "local:" + name;
    }
}
