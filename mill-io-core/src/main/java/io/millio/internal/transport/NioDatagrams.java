package io.millio.internal.transport;

import io.millio.internal.ReactorPort;
import io.millio.internal.poll.PollSource;
import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket by readiness. The reactor owns the receiving side and the interest; the sending side is owned by whichever thread
 * holds the flush, and its queue is guarded by a lock that is never held during a system call.
 *
 * <pre>
 *            send finds FREE                  the socket has no room
 *    FREE --------------------> HELD by a thread ------------------> HELD by the reactor, until OP_WRITE
 *      ^                          |        ^                                     |
 *      +--------------------------+        +-------------------------------------+
 *           the queue is empty
 * </pre>
 *
 * <p>A thread that finds the flush held puts a copy behind the queue, and looks at the word again under the lock that the holder needs to
 * let go: so nothing is left behind, and the datagrams of one thread leave in their order.
 */
public final class NioDatagrams extends PollSource {
    public static final String QUEUE_FULL = "send-queue";
    public static final String NO_MEMORY = "memory";
    public static final String REFUSED = "refused";
    public static final String CLOSED = "closed";

    // What became of one call of the channel.
    private static final int SENT = 0;
    private static final int FULL = 1;
    private static final int FAILED = 2;

    /**
     * Datagrams and bytes received in one event, so that a flood of them leaves the reactor's other sources their turn. To ask the
     * selector again costs less than to receive one datagram more, so there is no reason to take many.
     */
    public static final int MAX_RECEIVES = 16;

    private static final int MAX_RECEIVED_BYTES = 64 * 1024;

    /** Others' datagrams that a thread sends beside its own before the reactor takes over. */
    private static final int MAX_FLUSH = 64;

    private final DatagramChannel channel;
    private final SocketAddress address;
    private final ReactorPort reactor;
    private final BufferPool buffers;
    private final DatagramSink sink;
    private final int maxDatagram;
    private final int capacity;

    /** What waits for room in the socket; the lock of the next two fields, too. */
    private final ArrayDeque<Datagram> queue = new ArrayDeque<>();

    private boolean held;
    private boolean closed;

    private volatile @Nullable Runnable whenFlushed;

    // Reactor only.
    private boolean receiving = true;
    private boolean waitsForRoom;
    private boolean started;

    NioDatagrams(
            DatagramChannel channel,
            ReactorPort reactor,
            BufferPool buffers,
            DatagramSink sink,
            int maxDatagram,
            int capacity)
            throws IOException {
        super(channel);
        this.channel = channel;
        this.address = channel.getLocalAddress();
        this.reactor = reactor;
        this.buffers = buffers;
        this.sink = sink;
        this.maxDatagram = maxDatagram;
        this.capacity = capacity;
    }

    /**
     * Any thread: binds a new socket, of IPv4 alone if the address is, and connects it if there is a remote address.
     *
     * @param maxDatagram bytes of a datagram that are delivered; less than a reactor's read buffer has
     * @param capacity datagrams that may wait for room in the socket
     * @throws IOException if that is not possible; nothing stays open
     */
    public static NioDatagrams open(
            InetSocketAddress address,
            @Nullable SocketAddress remote,
            Map<SocketOption<?>, Object> options,
            ReactorPort reactor,
            BufferPool buffers,
            DatagramSink sink,
            int maxDatagram,
            int capacity)
            throws IOException {
        InetAddress host = address.getAddress();
        DatagramChannel channel = host instanceof Inet4Address && !host.isAnyLocalAddress()
                ? DatagramChannel.open(StandardProtocolFamily.INET)
                : DatagramChannel.open();
        try {
            channel.configureBlocking(false);
            new NioOptions(options).apply(channel);
            channel.bind(address);
            if (remote != null) {
                channel.connect(remote);
            }
            return new NioDatagrams(channel, reactor, buffers, sink, maxDatagram, capacity);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Any thread: the address with the port that was really bound. */
    public SocketAddress address() {
        return address;
    }

    /** Any thread: joins a group; the answer leaves it, and may be run repeatedly, and after the socket was closed. */
    public Runnable join(InetAddress group, NetworkInterface network) throws IOException {
        return channel.join(group, network)::drop;
    }

    /** Reactor only: begins to receive. Does nothing if the socket was closed meanwhile. */
    public void start() throws IOException {
        if (channel.isOpen()) {
            reactor.register(this, interest());
            started = true;
        }
    }

    @Override
    public void ready(int readyOps) {
        if (waitsForRoom && (readyOps & SelectionKey.OP_WRITE) != 0) {
            reactor.counters().writes.increment();
            waitsForRoom = false;
            flush();
            updateInterest();
        }
        if (receiving && (readyOps & SelectionKey.OP_READ) != 0) {
            reactor.counters().reads.increment();
            receive(MAX_RECEIVES);
        }
    }

    /** Reactor only: receives from now on only when {@link #receive} is called. */
    public void stopReceiving() {
        receiving = false;
        updateInterest();
    }

    /** Reactor only: receives what is there, so many datagrams and 64 KiB at most; false if nothing was left. */
    public boolean receive(int limit) {
        int bytes = 0;
        for (int n = 0; n < limit && bytes < MAX_RECEIVED_BYTES && channel.isOpen(); n++) {
            // One byte more than may come: the system cuts what is longer than the buffer without a word.
            ByteBuffer buffer = reactor.readBuffer().order(ByteOrder.BIG_ENDIAN).limit(maxDatagram + 1);
            try {
                SocketAddress sender = channel.receive(buffer);
                if (sender == null) {
                    return false;
                }
                boolean truncated = buffer.position() > maxDatagram;
                buffer.limit(Math.min(buffer.position(), maxDatagram)).position(0);
                bytes += buffer.remaining();
                sink.received(sender, buffer, truncated);
            } catch (IOException e) {
                sink.failed(e);
            }
        }
        return channel.isOpen();
    }

    // ---- sending ----------------------------------------------------------------------------------------------------

    /**
     * Any thread: sends a datagram, or keeps a copy to be sent when there is room. Does not block.
     *
     * @return null if the data was taken, or else why it is untouched
     */
    public @Nullable String send(SocketAddress target, ByteBuffer data) {
        boolean mine;
        synchronized (queue) {
            if (closed) {
                return CLOSED;
            }
            mine = !held;
            if (!mine && queue.size() >= capacity) {
                return QUEUE_FULL;
            }
            held = true;
        }
        String refusal = mine ? sendNow(target, data) : enqueue(target, data);
        if (refusal == null) {
            data.position(data.limit());
        }
        return refusal;
    }

    /** Holder only, with an empty queue when it became that. Data on the heap would be copied by the JDK, into memory that it keeps. */
    private @Nullable String sendNow(SocketAddress target, ByteBuffer data) {
        Datagram copy = data.isDirect() ? null : copy(target, data);
        if (copy == null && !data.isDirect()) {
            flush();
            return NO_MEMORY;
        }
        int outcome = write(target, copy == null ? data : copy.buffer().buffer());
        if (outcome == FULL && !isCrowded()) {
            Datagram kept = copy == null ? copy(target, data) : copy;
            if (kept != null) {
                putBack(kept);
                return null;
            }
        }
        if (copy != null) {
            copy.buffer().release();
        }
        flush();
        return outcome == SENT ? null : outcome == FULL ? NO_MEMORY : REFUSED;
    }

    private @Nullable String enqueue(SocketAddress target, ByteBuffer data) {
        Datagram copy = isCrowded() ? null : copy(target, data);
        if (copy == null) {
            return NO_MEMORY;
        }
        boolean becomesHolder;
        synchronized (queue) {
            if (closed || queue.size() >= capacity) {
                copy.buffer().release();
                return closed ? CLOSED : QUEUE_FULL;
            }
            queue.add(copy);
            becomesHolder = !held;
            held = true;
        }
        if (becomesHolder) {
            flush();
        }
        return null;
    }

    /** Streams must not lose bytes for want of memory, datagrams may: they give way first. */
    private boolean isCrowded() {
        return buffers.bytesInUse() > buffers.maxBytes() / 2;
    }

    private @Nullable Datagram copy(SocketAddress target, ByteBuffer data) {
        PooledBuffer copy = buffers.tryAcquire(data.remaining());
        if (copy == null) {
            return null;
        }
        copy.buffer().put(0, data, data.position(), data.remaining()).limit(data.remaining());
        return new Datagram(target, copy, false);
    }

    /** Holder only. An empty datagram for which there is no room looks like one that was sent, and is lost. */
    private int write(SocketAddress target, ByteBuffer data) {
        int bytes = data.remaining();
        boolean again = true;
        while (true) {
            try {
                channel.send(data, target);
                if (data.hasRemaining()) {
                    return FULL;
                }
                sink.sent(bytes);
                return SENT;
            } catch (PortUnreachableException ofEarlierOne) {
                // The system reports what became of an earlier datagram instead of sending this one.
                sink.failed(ofEarlierOne);
                if (!again) {
                    return FAILED;
                }
                again = false;
            } catch (ClosedChannelException e) {
                return FAILED;
            } catch (IOException | RuntimeException e) {
                sink.failed(e);
                return FAILED;
            }
        }
    }

    /** Holder only: sends what is queued, and lets go of the flush or leaves it to the reactor. */
    private void flush() {
        for (int n = 0; n < MAX_FLUSH; n++) {
            Datagram next;
            synchronized (queue) {
                next = queue.poll();
                held = next != null;
            }
            if (next == null) {
                if (whenFlushed != null) {
                    reactor.execute(this::checkFlushed);
                }
                return;
            }
            int outcome = write(next.address(), next.buffer().buffer());
            if (outcome == FULL) {
                putBack(next);
                return;
            }
            next.buffer().release();
            if (outcome == FAILED) {
                sink.dropped(REFUSED, 1);
            }
        }
        reactor.execute(this::flush);
    }

    /** Holder only: the reactor holds the flush from now on. */
    private void putBack(Datagram first) {
        boolean late;
        synchronized (queue) {
            late = closed;
            if (!late) {
                queue.addFirst(first);
            }
        }
        if (late) {
            first.buffer().release();
            sink.dropped(CLOSED, 1);
        } else if (reactor.inReactor()) {
            awaitRoom();
        } else {
            reactor.execute(this::awaitRoom);
        }
    }

    private void awaitRoom() {
        waitsForRoom = true;
        updateInterest();
    }

    private void updateInterest() {
        if (key != null) {
            reactor.interest(this, interest());
        }
    }

    private int interest() {
        return (receiving ? SelectionKey.OP_READ : 0) | (waitsForRoom ? SelectionKey.OP_WRITE : 0);
    }

    /** Any thread: datagrams that wait for room. */
    public int queued() {
        synchronized (queue) {
            return queue.size();
        }
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** Reactor only: calls back there, once, when nothing that was sent waits any more. */
    public void whenFlushed(Runnable done) {
        whenFlushed = done;
        checkFlushed();
    }

    /** The word is set before the flush is looked at, and the holder looks at the word after it let go: one of them sees the other. */
    private void checkFlushed() {
        Runnable done = whenFlushed;
        boolean busy;
        synchronized (queue) {
            busy = held;
        }
        if (done != null && !busy) {
            whenFlushed = null;
            done.run();
        }
    }

    /**
     * Reactor only, or any thread if it was never started: drops what is queued and releases everything. Only the first call counts.
     *
     * @param freed run on the reactor when the port is free, which it is after the next select; null if nobody waits for that
     */
    public void close(@Nullable Runnable freed) {
        int lost;
        synchronized (queue) {
            if (closed) {
                return;
            }
            closed = true;
            lost = queue.size();
            queue.forEach(datagram -> datagram.buffer().release());
            queue.clear();
        }
        if (lost > 0) {
            sink.dropped(CLOSED, lost);
        }
        if (key != null) {
            reactor.deregister(this);
        }
        try {
            channel.close();
        } catch (IOException nothingLeftToRelease) {
            // The descriptor is gone either way.
        }
        if (freed != null && started) {
            new AfterSelect(reactor, freed).wake();
        } else if (freed != null) {
            freed.run();
        }
    }

    @Override
    public void lost(@Nullable Throwable cause) {
        sink.lost(new IOException("the datagram socket was lost", cause));
    }
}
