package io.millio.net;

import io.millio.internal.transport.OutputPart;
import io.millio.internal.transport.Transport;
import io.millio.internal.transport.TransportSink;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A transport whose network is the test: it decides what arrives, how much is taken, and when it ends. For one thread. */
final class HandTransport implements Transport {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final Deque<byte[]> arriving = new ArrayDeque<>();
    private @Nullable TransportSink sink;
    private long room = Long.MAX_VALUE;
    private long taken;
    private int depth;
    private int deepest;
    Consumer<TransportSink> atStart = target -> {};
    boolean reading;
    boolean outputFinished;
    boolean closed;
    boolean aborted;

    /** From now on the network takes so many bytes more. */
    void room(long bytes) {
        room = bytes;
        long count = Math.min(room, taken);
        if (count > 0) {
            taken -= count;
            room -= count;
            sink().written(count);
        }
    }

    byte[] written() {
        return written.toByteArray();
    }

    /** Lets bytes lie in the system until they are read. */
    void arrive(byte[] bytes) {
        arriving.add(bytes);
    }

    /** One event of readiness; false if nothing was read. */
    boolean read() {
        if (!reading || closed || arriving.isEmpty() || sink().receivable() == 0) {
            return false;
        }
        deepest = Math.max(deepest, ++depth);
        sink().received(ByteBuffer.wrap(arriving.remove()));
        depth--;
        return true;
    }

    /** How many reads were under way at once, one within the other. */
    int deepestRead() {
        return deepest;
    }

    int unread() {
        return arriving.size();
    }

    TransportSink sink() {
        TransportSink target = sink;
        if (target == null) {
            throw new AssertionError("not started");
        }
        return target;
    }

    @Override
    public void send(OutputPart part) {
        send(part.buffer());
        part.release();
    }

    @Override
    public void start(TransportSink target) {
        atStart.accept(target);
        sink = target;
        reading = true;
    }

    @Override
    public boolean send(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        if (closed) {
            return true;
        }
        written.writeBytes(bytes);
        long count = Math.min(room, bytes.length);
        room -= count;
        taken += bytes.length - count;
        if (count > 0) {
            sink().written(count);
        }
        return true;
    }

    @Override
    public void pauseReading() {
        reading = false;
    }

    @Override
    public void resumeReading() {
        reading = true;
    }

    @Override
    public boolean readAvailable() {
        for (int i = 0; i < 64 && read(); i++) {
            // as much as there is
        }
        return reading || closed;
    }

    @Override
    public void finishOutput() {
        outputFinished = true;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public void abort() {
        aborted = true;
        closed = true;
    }

    @Override
    public SocketAddress remoteAddress() {
        return InetSocketAddress.createUnresolved("peer", 1);
    }

    @Override
    public SocketAddress localAddress() {
        return InetSocketAddress.createUnresolved("here", 2);
    }
}
