package io.millio.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Two connected sockets on the loopback interface, both blocking at first; belongs to the test that closes it. */
public record SocketPair(SocketChannel near, SocketChannel far) implements AutoCloseable {
    public static SocketPair open() throws IOException {
        try (ServerSocketChannel listener = listener()) {
            SocketChannel near = SocketChannel.open(listener.getLocalAddress());
            return new SocketPair(near, listener.accept());
        }
    }

    /** A listening socket on a port that the system chooses. */
    public static ServerSocketChannel listener() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @Override
    public void close() throws IOException {
        near.close();
        far.close();
    }
}
