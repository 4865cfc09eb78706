package io.millio.testkit;

import io.millio.internal.transport.LocalWire;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;

/** A blocking client at the other end of a connection. Owned by a test, which may let one thread read while another writes. */
public final class Peer implements AutoCloseable {
    private static final int LIMIT_MILLIS = 30_000;

    /** The address of a peer in memory. */
    private static final class Unnamed extends SocketAddress {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            return "test peer " + Integer.toHexString(System.identityHashCode(this));
        }
    }

    private final Wire wire;

    private Peer(Wire wire) {
        this.wire = wire;
    }

    /** Connects with the system's buffers, by the transport that the address belongs to. */
    public static Peer connect(SocketAddress address) {
        return connect(address, 0);
    }

    /** Connects with a receive buffer of about so many bytes, 0 meaning the system's; TCP alone lets the receiver choose. */
    public static Peer connect(SocketAddress address, int receiveBuffer) {
        try {
            if (address instanceof UnixDomainSocketAddress unix) {
                return new Peer(new UnixWire(unix, LIMIT_MILLIS));
            }
            if (!(address instanceof InetSocketAddress)) {
                return new Peer(new LocalWire(address, new Unnamed(), LIMIT_MILLIS));
            }
            return new Peer(new TcpWire(address, receiveBuffer, LIMIT_MILLIS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public SocketAddress address() {
        return wire.address();
    }

    /** Blocks until the system has taken all of it. */
    public Peer send(byte... bytes) {
        try {
            wire.out().write(bytes);
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
                wire.out().write(chunk);
            }
        } catch (IOException gone) {
            // What the caller asks is how far it came.
        }
        return sent;
    }

    /** Exactly so many bytes; fails at an earlier end. */
    public byte[] receive(int count) {
        try {
            byte[] bytes = wire.in().readNBytes(count);
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
            return wire.in().readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("while waiting for the end of the stream", e);
        }
    }

    /** Reads up to so many lines, or to the end of the stream; returns how many complete ones came. */
    public int receiveLines(int count) {
        int lines = 0;
        try {
            InputStream in = wire.in();
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
            InputStream in = wire.in();
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
            wire.finish();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the connection by a reset. */
    public void reset() {
        try {
            wire.reset();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            wire.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
