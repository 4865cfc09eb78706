package io.millio.internal.transport;

import io.millio.internal.Lane;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import io.millio.pool.BufferPool;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection in memory. Owned by its reactor, but for the writing side, which belongs to whoever holds the flush, see
 * {@link StreamOutput}; the other end may live on another reactor, of this loop or of another one.
 *
 * <p>What readiness is to a socket, its turn on the reactor is to this: whichever end changes a pipe wakes the other, which is at most
 * once in its reactor's queue.
 */
final class LocalStream extends SerialTask implements Transport, OutputOwner {
    private static final int MAX_READS = 64;

    private final SocketAddress local;
    private final SocketAddress remote;
    private final LocalPipe in;
    private final LocalPipe out;
    private final ReactorPort reactor;
    private final StreamOutput output;
    private @Nullable TransportSink sink;
    private boolean reading;
    private boolean inputFinished;
    private boolean outputFinished;
    private boolean closed;

    LocalStream(
            SocketAddress local,
            SocketAddress remote,
            LocalPipe in,
            LocalPipe out,
            ReactorPort reactor,
            BufferPool buffers) {
        this.local = local;
        this.remote = remote;
        this.in = in;
        this.out = out;
        this.reactor = reactor;
        this.output = new StreamOutput(this, out, reactor, buffers);
    }

    @Override
    public void start(TransportSink target) {
        sink = target;
        reading = true;
        Runnable wake = this::wake;
        in.wakeReaderBy(wake);
        out.wakeWriterBy(wake);
        wake();
    }

    @Override
    public TransportSink sink() {
        TransportSink target = sink;
        if (target == null) {
            throw new IllegalStateException("the stream to " + remote + " has not been started");
        }
        return target;
    }

    @Override
    protected Lane lane() {
        return reactor.directLane();
    }

    // ---- input ------------------------------------------------------------------------------------------------------

    /** One read at a time, so that a flood on one connection does not hold up the others. */
    @Override
    protected boolean turn() {
        if (closed) {
            return false;
        }
        if (output.waitsForRoom()) {
            reactor.counters().writes.increment();
            output.flushHeld();
            updateInterest();
        }
        return read() && reading && in.isReadable();
    }

    /** One read; false if there was nothing, or nothing will come. */
    private boolean read() {
        int most = reading && !inputFinished && !closed && in.isReadable() ? sink().receivable() : 0;
        if (most == 0) {
            return false;
        }
        reactor.counters().reads.increment();
        ByteBuffer buffer = reactor.readBuffer();
        buffer.limit(Math.min(buffer.capacity(), most));
        int count;
        try {
            count = in.read(buffer);
        } catch (IOException e) {
            broken(e, e instanceof SocketException);
            return false;
        }
        if (count < 0) {
            inputFinished = true;
            output.endInput();
            return false;
        }
        sink().received(buffer.flip());
        return true;
    }

    @Override
    public boolean readAvailable() {
        int reads = 0;
        while (read() && ++reads < MAX_READS) {
            // until the pipe is empty, the peer has finished, or the sink has paused
        }
        return reading || inputFinished || closed;
    }

    @Override
    public void pauseReading() {
        reading = false;
    }

    @Override
    public void resumeReading() {
        reading = true;
        wake();
    }

    // ---- output -----------------------------------------------------------------------------------------------------

    @Override
    public boolean send(ByteBuffer data) {
        return output.send(data);
    }

    @Override
    public void send(OutputPart part) {
        output.send(part);
    }

    @Override
    public void updateInterest() {
        if (output.waitsForRoom() && out.awaitRoom()) {
            wake();
        }
    }

    @Override
    public void finishOutput() {
        outputFinished = true;
        out.finish();
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    @Override
    public void broken(Throwable cause, boolean reset) {
        if (!closed) {
            if (reset) {
                close();
            } else {
                // What the peer has got may be cut, and must not look whole.
                abort();
            }
            sink().broken(cause, reset);
        }
    }

    /** As with a socket, input that nobody has read makes of the end a reset, unless that was announced before. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            output.discard();
            if (in.abandon() && !outputFinished) {
                out.reset();
            } else {
                out.finish();
            }
        }
    }

    @Override
    public void abort() {
        if (!closed) {
            out.reset();
            close();
        }
    }

    @Override
    public SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }

    @Override
    public String toString() {
        return "stream " + local + " - " + remote;
    }
}
