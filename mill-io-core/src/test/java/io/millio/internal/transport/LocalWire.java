package io.millio.internal.transport;

import io.millio.testkit.Wire;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** The client's end of a connection in memory, blocking, without a reactor; see {@link Wire}. */
public final class LocalWire implements Wire {
    private final LocalPipe in = new LocalPipe();
    private final LocalPipe out = new LocalPipe();
    private final SocketAddress address;
    private final long limitMillis;

    /** Guarded by this: how often a pipe has called. */
    private long calls;

    public LocalWire(SocketAddress to, SocketAddress from, int limitMillis) throws IOException {
        this.address = from;
        this.limitMillis = limitMillis;
        in.wakeReaderBy(this::called);
        out.wakeWriterBy(this::called);
        LocalListener.connect(to, from, in, out);
    }

    private synchronized void called() {
        calls++;
        notifyAll();
    }

    private synchronized long calls() {
        return calls;
    }

    private synchronized void awaitCall(long after) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        try {
            while (calls == after) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new SocketTimeoutException("the other end did nothing");
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public InputStream in() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer target = ByteBuffer.wrap(bytes, offset, length);
                while (true) {
                    long before = calls();
                    int count = in.read(target);
                    if (count != 0 || length == 0) {
                        return count;
                    }
                    awaitCall(before);
                }
            }
        };
    }

    @Override
    public OutputStream out() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one});
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
                while (source.hasRemaining()) {
                    long before = calls();
                    if (out.write(source) == 0 && !out.awaitRoom()) {
                        awaitCall(before);
                    }
                }
            }
        };
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public void finish() {
        out.finish();
    }

    @Override
    public void reset() {
        out.reset();
        in.abandon();
    }

    /** As a socket does it. */
    @Override
    public void close() {
        if (out.isOpen()) {
            if (in.abandon()) {
                out.reset();
            } else {
                out.finish();
            }
        }
        in.abandon();
    }
}
