package io.millio.internal.transport;

import io.millio.internal.ReactorPort;
import io.millio.internal.poll.PollSource;
import io.millio.pool.BufferPool;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket by readiness. The reactor owns the reading side and the interest; the writing side is owned by whoever holds
 * the flush, see {@link StreamOutput}.
 */
public final class NioStream extends PollSource implements Transport, OutputOwner {
    private static final int MAX_READS = 64;

    private final SocketChannel channel;
    private final ReactorPort reactor;
    private final SocketAddress remote;
    private final SocketAddress local;
    private final StreamOutput output;
    private @Nullable TransportSink sink;
    private boolean reading;
    private boolean inputFinished;
    private boolean closed;

    NioStream(SocketChannel channel, ReactorPort reactor, BufferPool buffers) throws IOException {
        this(channel, channel.getLocalAddress(), reactor, buffers);
    }

    /** With a local address other than the one that the system knows. */
    NioStream(SocketChannel channel, SocketAddress local, ReactorPort reactor, BufferPool buffers) throws IOException {
        super(channel);
        this.channel = channel;
        this.reactor = reactor;
        this.remote = channel.getRemoteAddress();
        this.local = local;
        this.output = new StreamOutput(this, channel, reactor, buffers);
    }

    @Override
    public void start(TransportSink target) {
        sink = target;
        reading = true;
        try {
            reactor.register(this, SelectionKey.OP_READ);
        } catch (IOException | RuntimeException e) {
            broken(e, false);
        }
    }

    @Override
    public TransportSink sink() {
        TransportSink target = sink;
        if (target == null) {
            throw new IllegalStateException("the stream to " + remote + " has not been started");
        }
        return target;
    }

    // ---- input ------------------------------------------------------------------------------------------------------

    @Override
    public void ready(int readyOps) {
        if ((readyOps & SelectionKey.OP_WRITE) != 0) {
            reactor.counters().writes.increment();
            output.flushHeld();
        }
        if ((readyOps & SelectionKey.OP_READ) != 0) {
            reactor.counters().reads.increment();
            read();
        }
    }

    /** One read; false if there was nothing, or nothing will come. What it leaves unread, the selector reports again. */
    private boolean read() {
        int most = reading && !inputFinished && !closed ? sink().receivable() : 0;
        if (most == 0) {
            return false;
        }
        ByteBuffer buffer = reactor.readBuffer();
        buffer.limit(Math.min(buffer.capacity(), most));
        int count;
        try {
            count = channel.read(buffer);
        } catch (IOException e) {
            broken(e, e instanceof SocketException);
            return false;
        }
        if (count < 0) {
            inputFinished = true;
            updateInterest();
            output.endInput();
            return false;
        }
        if (count > 0) {
            sink().received(buffer.flip());
        }
        return count > 0;
    }

    @Override
    public boolean readAvailable() {
        int reads = 0;
        while (read() && ++reads < MAX_READS) {
            // until the socket is empty, the peer has finished, or the sink has paused
        }
        return reading || inputFinished || closed;
    }

    @Override
    public void pauseReading() {
        reading = false;
        updateInterest();
    }

    @Override
    public void resumeReading() {
        reading = true;
        updateInterest();
    }

    /** With the end of the stream reached, OP_READ would make every select return at once. */
    @Override
    public void updateInterest() {
        if (!closed) {
            int operations = reading && !inputFinished ? SelectionKey.OP_READ : 0;
            reactor.interest(this, operations | (output.waitsForRoom() ? SelectionKey.OP_WRITE : 0));
        }
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
    public void finishOutput() {
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            broken(e, true);
        }
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    @Override
    public void broken(Throwable cause, boolean reset) {
        if (!closed) {
            // What the peer has got may be cut, and must not look whole. Only a broken socket needs no reset, and an
            // error of a disk may
            // pass for one.
            abort();
            sink().broken(cause, reset);
        }
    }

    @Override
    public void lost(@Nullable Throwable cause) {
        broken(cause == null ? new IOException("the channel was closed by somebody else") : cause, false);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (key != null) {
                reactor.deregister(this);
            }
            output.discard();
            try {
                channel.close();
            } catch (IOException nothingLeftToRelease) {
                // The descriptor is gone either way.
            }
        }
    }

    @Override
    public void abort() {
        if (!closed) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException | RuntimeException alreadyGone) {
                // Then there is nobody left to be told by a reset.
            }
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
