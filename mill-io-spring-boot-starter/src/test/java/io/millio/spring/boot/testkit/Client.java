package io.millio.spring.boot.testkit;

import io.millio.spring.boot.context.MillServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.springframework.context.ApplicationContext;

/** A blocking client on the loopback with generous time-outs; owned by the test's thread. */
public final class Client implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket = new Socket();

    private Client(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
    }

    public static Client of(ApplicationContext context, String server) throws IOException {
        return new Client(context.getBean(MillServers.class).port(server));
    }

    public static Client of(int port) throws IOException {
        return new Client(port);
    }

    public Client send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Exactly so many bytes, or what there was before the end. */
    public String receive(int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
    }

    public String receiveAll() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Sends and receives as many bytes. */
    public String echo(String text) throws IOException {
        return send(text).receive(text.getBytes(StandardCharsets.UTF_8).length);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
