package io.millio.internal.transport;

import io.millio.internal.ReactorPort;
import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The writing side of one socket: the one part of a connection that is not confined to its reactor. */
final class NioOutput implements Runnable {
    /*
     * Ownership. Exactly one thread at a time holds the flush: it alone calls the channel and touches `chain`.
     *
     *            send, any thread                 handIn, any thread
     *    FREE --------------------> HELD ---------------------------> HELD_MORE
     *      ^                          |  ^                                 |
     *      +--------------------------+  +---------------------------------+
     *        release: chain is empty        release finds more: takes the inbox and goes on
     *
     * A thread that finds the flush held puts its bytes into `inbox`, under its lock, and then moves HELD to HELD_MORE, so
     * that the holder's compare-and-set back to FREE fails and it looks into the inbox again; or it finds FREE meanwhile and
     * becomes the holder itself. Nothing can be left behind: an element enters the inbox before its thread looks at the word, and
     * the holder looks at the inbox after each failed release.
     *
     * Order. Two writes of one thread keep their order: the first either was written, or lies in the chain or the inbox when the
     * second comes; whoever holds appends behind the inbox, and whoever does not hold goes to the end of the inbox. Bytes of
     * one write lie together in either place, so writes of several threads never interleave.
     *
     * The reactor holds the flush across calls in two cases: until the end of the batch it dispatches, so that the writes of a
     * batch leave together, and while the socket has no room, for OP_WRITE is the reactor's alone. `reactorHolds` says so and is
     * confined to the reactor. Another thread that meets a full socket passes the flush to the reactor by a task; between the two
     * the word stays HELD, so nobody comes in between.
     */

    private static final int FREE = 0;
    private static final int HELD = 1;
    private static final int HELD_MORE = 2;

    /** At this size copying costs more than a system call of its own, so a direct buffer is written at once. */
    private static final int WRITE_AT_ONCE_BYTES = 8 * 1024;

    private static final int MIN_BUFFER_BYTES = 512;
    private static final int MAX_BUFFER_BYTES = 256 * 1024;
    private static final int MAX_GATHER = 16;
    private static final VarHandle HOLDER;

    static {
        try {
            HOLDER = MethodHandles.lookup().findVarHandle(NioOutput.class, "holder", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final NioStream stream;
    private final SocketChannel channel;
    private final ReactorPort reactor;
    private final BufferPool buffers;

    private volatile int holder = FREE;

    /** What is to be written, oldest first; the holder's. Each buffer's content lies between position and limit. */
    private @Nullable ArrayDeque<PooledBuffer> chain;

    /** What came while another thread held the flush; guarded by {@code this}. */
    private @Nullable ArrayDeque<PooledBuffer> inbox;

    /** Guarded by {@code this}, and read without it where a stale answer does no harm. */
    private volatile boolean dead;

    /** What the first write that failed was told; set by the holder before it releases. */
    private volatile @Nullable IOException failure;

    /** Reactor only. */
    private boolean reactorHolds;

    /** Reactor only. */
    private boolean waitsForRoom;

    NioOutput(NioStream stream, SocketChannel channel, ReactorPort reactor, BufferPool buffers) {
        this.stream = stream;
        this.channel = channel;
        this.reactor = reactor;
        this.buffers = buffers;
    }

    /** Reactor only. */
    boolean waitsForRoom() {
        return waitsForRoom;
    }

    /** Any thread: why writing has failed, or null. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** Reactor only: whether another thread may be in the midst of a write, of whose failure nothing is known yet. */
    boolean isHeldElsewhere() {
        return !reactorHolds && holder != FREE;
    }

    /** Any thread; see {@link Transport#send}. */
    boolean send(ByteBuffer data) {
        if (reactor.inReactor()) {
            return sendOnReactor(data);
        }
        if (!HOLDER.compareAndSet(this, FREE, HELD)) {
            return handIn(data);
        }
        takeInbox();
        boolean taken = writeAtOnce(data, 1) && appendOrWrite(data);
        flushAndRelease();
        return taken;
    }

    private boolean sendOnReactor(ByteBuffer data) {
        if (!reactorHolds && !HOLDER.compareAndSet(this, FREE, HELD)) {
            return handIn(data);
        }
        takeInbox();
        if (reactorHolds) {
            boolean taken = appendOrWrite(data);
            if (!waitsForRoom && chain != null && chain.size() >= MAX_GATHER) {
                flushHeld();
            }
            return taken;
        }
        reactorHolds = true;
        boolean taken = writeAtOnce(data, WRITE_AT_ONCE_BYTES) && appendOrWrite(data);
        if (isChainEmpty()) {
            flushHeld();
        } else {
            reactor.atBatchEnd(this);
        }
        return taken;
    }

    /** Holder only: writes past the queue if that is empty and the data may go as it is; always true, for chaining. */
    private boolean writeAtOnce(ByteBuffer data, int minimum) {
        if (data.isDirect() && data.remaining() >= minimum && isChainEmpty() && !dead) {
            writeNow(data);
        }
        return true;
    }

    private void writeNow(ByteBuffer data) {
        try {
            int count = channel.write(data);
            if (count > 0) {
                stream.sink().written(count);
            }
        } catch (IOException e) {
            data.position(data.limit());
            broke(e);
        }
    }

    /** Holder only: without memory to queue the data there still may be room for it in the socket; false if there is neither. */
    private boolean appendOrWrite(ByteBuffer data) {
        if (append(data)) {
            return true;
        }
        if (!writeChain()) {
            return false;
        }
        if (!dead) {
            writeNow(data);
        }
        return append(data);
    }

    // ---- the queue --------------------------------------------------------------------------------------------------

    private boolean isChainEmpty() {
        return chain == null || chain.isEmpty();
    }

    /** Holder only: copies the data behind what is queued; false, with nothing copied, if there is no memory for it. */
    private boolean append(ByteBuffer data) {
        if (!data.hasRemaining()) {
            return true;
        }
        if (chain == null) {
            chain = new ArrayDeque<>(4);
        }
        PooledBuffer tail = chain.peekLast();
        if (tail != null && fits(tail.buffer(), data)) {
            addTo(tail.buffer(), data);
            return true;
        }
        int size = tail == null ? MIN_BUFFER_BYTES : Math.min(2 * tail.buffer().capacity(), MAX_BUFFER_BYTES);
        return copyInto(chain, data, size);
    }

    private static boolean fits(ByteBuffer tail, ByteBuffer data) {
        return tail.capacity() - tail.limit() >= data.remaining();
    }

    private static void addTo(ByteBuffer tail, ByteBuffer data) {
        int end = tail.limit();
        int count = data.remaining();
        tail.limit(end + count);
        tail.put(end, data, data.position(), count);
        data.position(data.limit());
    }

    /** All or nothing. */
    private boolean copyInto(ArrayDeque<PooledBuffer> queue, ByteBuffer data, int sizeHint) {
        int before = queue.size();
        int from = data.position();
        while (data.hasRemaining()) {
            PooledBuffer buffer = acquire(Math.min(Math.max(data.remaining(), sizeHint), MAX_BUFFER_BYTES));
            if (buffer == null) {
                data.position(from);
                while (queue.size() > before) {
                    queue.removeLast().release();
                }
                return false;
            }
            ByteBuffer memory = buffer.buffer();
            int part = Math.min(data.remaining(), memory.capacity());
            memory.put(0, data, data.position(), part).limit(part);
            data.position(data.position() + part);
            queue.addLast(buffer);
        }
        return true;
    }

    /** A smaller buffer is better than none. */
    private @Nullable PooledBuffer acquire(int bytes) {
        PooledBuffer found = buffers.tryAcquire(bytes);
        for (int less = bytes / 2; found == null && less >= MIN_BUFFER_BYTES; less /= 2) {
            found = buffers.tryAcquire(less);
        }
        return found;
    }

    /** Not the holder: leaves the data for the holder, or becomes it. */
    private boolean handIn(ByteBuffer data) {
        synchronized (this) {
            if (dead) {
                data.position(data.limit());
                return true;
            }
            if (inbox == null) {
                inbox = new ArrayDeque<>(4);
            }
            if (!copyInto(inbox, data, MIN_BUFFER_BYTES)) {
                return false;
            }
        }
        while (true) {
            int now = holder;
            if (now == FREE && HOLDER.compareAndSet(this, FREE, HELD)) {
                takeInbox();
                flushAndRelease();
                return true;
            }
            if (now == HELD_MORE || (now == HELD && HOLDER.compareAndSet(this, HELD, HELD_MORE))) {
                return true;
            }
        }
    }

    /** Holder only. Whoever has put something in before this call, in whatever thread, has made the inbox visible, too. */
    private void takeInbox() {
        if (inbox == null) {
            return;
        }
        synchronized (this) {
            if (chain == null) {
                chain = new ArrayDeque<>(4);
            }
            chain.addAll(inbox);
            inbox.clear();
        }
    }

    // ---- flushing ---------------------------------------------------------------------------------------------------

    /** The end of the reactor's batch. */
    @Override
    public void run() {
        flushHeld();
    }

    /** Reactor only, as the holder: at the end of a batch, or when there is room again. */
    void flushHeld() {
        if (!reactorHolds) {
            return;
        }
        takeInbox();
        while (true) {
            if (!writeChain()) {
                setWaitsForRoom(true);
                return;
            }
            reactorHolds = false;
            if (HOLDER.compareAndSet(this, HELD, FREE)) {
                setWaitsForRoom(false);
                return;
            }
            reactorHolds = true;
            HOLDER.setVolatile(this, HELD);
            takeInbox();
        }
    }

    private void setWaitsForRoom(boolean waits) {
        if (waitsForRoom != waits) {
            waitsForRoom = waits;
            stream.updateInterest();
        }
    }

    /** Holder only, on any thread: writes until the queue is empty or the socket is full. */
    private void flushAndRelease() {
        while (true) {
            if (!writeChain()) {
                passToReactor();
                return;
            }
            if (HOLDER.compareAndSet(this, HELD, FREE)) {
                return;
            }
            HOLDER.setVolatile(this, HELD);
            takeInbox();
        }
    }

    private void passToReactor() {
        if (reactor.inReactor()) {
            takeOver();
        } else {
            reactor.execute(this::takeOver);
        }
    }

    private void takeOver() {
        reactorHolds = true;
        if (dead) {
            flushHeld();
        } else {
            setWaitsForRoom(true);
        }
    }

    /** Holder only: false if the socket is full. */
    private boolean writeChain() {
        try {
            while (!isChainEmpty()) {
                if (dead) {
                    releaseChain();
                } else if (!writeSome()) {
                    return false;
                }
            }
        } catch (IOException e) {
            releaseChain();
            broke(e);
        }
        return true;
    }

    /** One system call; false if the socket took less than it was offered. */
    private boolean writeSome() throws IOException {
        ArrayDeque<PooledBuffer> queue = Objects.requireNonNull(chain);
        ByteBuffer first = queue.getFirst().buffer();
        if (queue.size() == 1) {
            int offered = first.remaining();
            int count = channel.write(first);
            wrote(queue, count);
            return count == offered;
        }
        ByteBuffer[] parts = gather(queue);
        long offered = 0;
        for (ByteBuffer part : parts) {
            offered += part.remaining();
        }
        long count = channel.write(parts);
        wrote(queue, count);
        return count == offered;
    }

    private void wrote(ArrayDeque<PooledBuffer> queue, long count) {
        while (!queue.isEmpty() && !queue.getFirst().buffer().hasRemaining()) {
            queue.removeFirst().release();
        }
        if (count > 0) {
            stream.sink().written(count);
        }
    }

    private static ByteBuffer[] gather(ArrayDeque<PooledBuffer> queue) {
        ByteBuffer[] parts = new ByteBuffer[Math.min(queue.size(), MAX_GATHER)];
        Iterator<PooledBuffer> buffers = queue.iterator();
        for (int i = 0; i < parts.length; i++) {
            parts[i] = buffers.next().buffer();
        }
        return parts;
    }

    /** As a task of its own even on the reactor: the caller is in the midst of a write, with the connection under its feet. */
    private void broke(IOException cause) {
        failure = cause;
        reactor.execute(() -> stream.broken(cause, true));
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** Reactor only: whatever is queued goes back to the pool, now or as soon as the holder looks. */
    void discard() {
        synchronized (this) {
            dead = true;
            if (inbox != null) {
                inbox.forEach(PooledBuffer::release);
                inbox.clear();
            }
        }
        if (reactorHolds) {
            flushHeld();
        } else if (HOLDER.compareAndSet(this, FREE, HELD)) {
            flushAndRelease();
        }
    }

    private void releaseChain() {
        if (chain != null) {
            chain.forEach(PooledBuffer::release);
            chain.clear();
        }
    }
}
