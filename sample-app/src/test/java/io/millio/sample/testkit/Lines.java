package io.millio.sample.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client that speaks in lines; belongs to one thread. */
public final class Lines implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;
    private final Socket socket = new Socket();
    private final BufferedReader reader;

    public Lines(@Nullable SocketAddress server) {
        try {
            socket.connect((InetSocketAddress) server, TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void send(String line) {
        send((line + '\n').getBytes(StandardCharsets.UTF_8));
    }

    public void send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next line, or null if the server has finished, or reset the connection. */
    public @Nullable String receive() {
        try {
            return reader.readLine();
        } catch (java.net.SocketException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a line and receives the next one. */
    public @Nullable String ask(String line) {
        send(line);
        return receive();
    }

    /** No more lines to the server. */
    public void finish() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
