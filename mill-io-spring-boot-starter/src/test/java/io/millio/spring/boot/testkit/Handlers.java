package io.millio.spring.boot.testkit;

import io.millio.loop.Event;
import io.millio.loop.EventHandler;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.DatagramHandler;
import io.millio.net.UdpEndpoint;
import io.millio.spring.boot.annotation.MillHandler;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Handlers for the beans of tests; without state. */
public final class Handlers {
    private Handlers() {}

    @MillHandler(server = "echo")
    public static class Echo implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }
    }

    @MillHandler(token = 1)
    public static class EchoByToken implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }
    }

    @MillHandler(server = "echo")
    public static class SecondEcho implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }
    }

    @MillHandler
    public static class Aimless implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {}
    }

    @MillHandler(server = "echo")
    public static class NoHandler {}

    @MillHandler(server = "echo", token = 2)
    public static class Contradictory implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {}
    }

    @MillHandler(server = "echo")
    public static class Both implements ConnectionHandler, EventHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {}

        @Override
        public void onEvent(Event event) {}
    }

    @MillHandler(token = -7)
    public static class BadToken implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {}
    }

    @MillHandler(server = "datagrams")
    public static class EchoOfDatagrams implements DatagramHandler {
        @Override
        public void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) {
            if (data.remaining() == 1) {
                throw new IllegalStateException("planted");
            }
            endpoint.send(sender, data);
        }
    }

    /** Accepts, greets and hangs up. */
    @MillHandler(server = "raw")
    public static class RawGreeter implements EventHandler {
        @Override
        public void onEvent(Event event) throws IOException {
            if (event.isClosed()) {
                return;
            }
            try (SocketChannel accepted = ((ServerSocketChannel) event.channel()).accept()) {
                if (accepted != null) {
                    accepted.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)));
                }
            }
        }
    }
}
