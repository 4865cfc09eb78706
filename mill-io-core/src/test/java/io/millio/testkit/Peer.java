package io.millio.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A blocking client at the other end of a connection. Owned by a test, which may let one thread read while another writes. */
public final class Peer implements AutoCloseable {
    private static final int LIMIT_MILLIS = 30_000;

    private final Socket socket;

    private Peer(Socket socket) {
        this.socket = socket;
    }

    /** Connects with the system's buffers. */
    public static Peer connect(SocketAddress address) {
        return connect(address, 0);
    }

    /** Connects with a receive buffer of about so many bytes, 0 meaning the system's. */
    public static Peer connect(SocketAddress address, int receiveBuffer) {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(LIMIT_MILLIS);
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(address, LIMIT_MILLIS);
            return new Peer(socket);
        } catch (IOException e) {
            closeQuietly(socket);
            throw new UncheckedIOException(e);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public SocketAddress address() {
        return socket.getLocalSocketAddress();
    }

    /** Blocks until the system has taken all of it. */
    public Peer send(byte... bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Peer send(String text) {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends until the other side is gone or the count is reached, without complaint; returns the bytes sent. */
    public long sendWhileOpen(byte[] chunk, long count) {
        long sent = 0;
        try {
            for (; sent < count; sent += chunk.length) {
                socket.getOutputStream().write(chunk);
            }
        } catch (IOException gone) {
            // What the caller asks is how far it came.
        }
        return sent;
    }

    /** Exactly so many bytes; fails at an earlier end. */
    public byte[] receive(int count) {
        try {
            byte[] bytes = socket.getInputStream().readNBytes(count);
            if (bytes.length < count) {
                throw new AssertionError("the stream ended after " + bytes.length + " of " + count + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("while waiting for " + count + " bytes", e);
        }
    }

    public String receiveText(int count) {
        return new String(receive(count), StandardCharsets.UTF_8);
    }

    /** Everything up to the FIN; fails at a reset. */
    public byte[] receiveToEnd() {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("while waiting for the end of the stream", e);
        }
    }

    /** Reads up to so many lines, or to the end of the stream; returns how many complete ones came. */
    public int receiveLines(int count) {
        int lines = 0;
        try {
            InputStream in = socket.getInputStream();
            for (int next = 0; lines < count && (next = in.read()) >= 0; ) {
                lines += next == '\n' ? 1 : 0;
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException("after " + lines + " lines", e);
        }
    }

    /** How the stream ends after whatever still comes: "FIN" or "RESET". */
    public String end() {
        byte[] dropped = new byte[8192];
        try {
            InputStream in = socket.getInputStream();
            while (in.read(dropped) >= 0) {
                // on to the end
            }
            return "FIN";
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the stream did not end", e);
        } catch (SocketException e) {
            return "RESET";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a FIN and can still receive. */
    public Peer finish() {
        try {
            socket.shutdownOutput();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the connection by a reset. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closeQuietly(socket);
    }
}
