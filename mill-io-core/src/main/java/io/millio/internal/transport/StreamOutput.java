package io.millio.internal.transport;

import io.millio.internal.ReactorPort;
import io.millio.pool.BufferPool;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The writing side of one stream: the one part of a connection that is not confined to its reactor. */
final class StreamOutput implements Runnable {
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
     * the word stays HELD, so nobody comes in between. When a part of a file comes to the head of the chain, whoever holds passes
     * the flush to a worker in the same way, for reading a file may wait for a disk.
     */

    private static final int FREE = 0;
    private static final int HELD = 1;
    private static final int HELD_MORE = 2;

    /** At this size copying costs more than a system call of its own, so a direct buffer is written at once. */
    private static final int WRITE_AT_ONCE_BYTES = 8 * 1024;

    /** What lies on the heap the JDK copies into direct memory of as many bytes as it is offered, which it keeps. */
    private static final int MAX_HEAP_BYTES = 64 * 1024;

    private static final VarHandle HOLDER;

    static {
        try {
            HOLDER = MethodHandles.lookup().findVarHandle(StreamOutput.class, "holder", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final OutputOwner stream;
    private final GatheringByteChannel channel;
    private final ReactorPort reactor;
    private final BufferPool buffers;

    private volatile int holder = FREE;

    /** What is to be written; the holder's. */
    private @Nullable OutputQueue chain;

    /** What came while another thread held the flush; guarded by {@code this}. */
    private @Nullable OutputQueue inbox;

    /** Guarded by {@code this}, and read without it where a stale answer does no harm. */
    private volatile boolean dead;

    /** What the first write that failed was told; set by the holder before it releases. */
    private volatile @Nullable IOException failure;

    // The reactor's.
    private boolean reactorHolds;
    private boolean waitsForRoom;

    /** Whether the end of the input waits for another thread's flush; set by the reactor. */
    private volatile boolean endWaits;

    StreamOutput(OutputOwner stream, GatheringByteChannel channel, ReactorPort reactor, BufferPool buffers) {
        this.stream = stream;
        this.channel = channel;
        this.reactor = reactor;
        this.buffers = buffers;
    }

    /** Reactor only. */
    boolean waitsForRoom() {
        return waitsForRoom;
    }

    /**
     * Reactor only: tells the sink that the peer has finished, unless it has not. The system tells of a reset only once. If that was a
     * write, the read behind it finds an end that is not the peer's FIN; a handler would take half a message for a whole one. So a write
     * that another thread is in the midst of is waited for.
     */
    void endInput() {
        // Said before it looks: a holder lets go first and looks at this then.
        endWaits = true;
        // Looked at in this order: a writer notes its failure first and lets go then.
        boolean heldElsewhere = !reactorHolds && holder != FREE;
        IOException reset = failure;
        endWaits = reset == null && heldElsewhere;
        if (reset != null) {
            stream.broken(reset, true);
        } else if (!heldElsewhere && !dead) {
            stream.sink().inputFinished();
        }
    }

    /** Any thread: the flush was let go, or is the reactor's now. */
    private void resumeEnd() {
        if (endWaits) {
            reactor.execute(() -> {
                if (endWaits) {
                    endInput();
                }
            });
        }
    }

    /**
     * Any thread: whether nothing more can be sent. What is released then may call somebody who sends something, with the flush
     * held: that must neither get into the queue behind what is released nor begin another flush.
     */
    private boolean isOver() {
        return dead || failure != null;
    }

    /** Any thread; see {@link Transport#send}. */
    boolean send(ByteBuffer data) {
        if (isOver()) {
            data.position(data.limit());
            return true;
        }
        if (reactor.inReactor()) {
            return sendOnReactor(data);
        }
        if (!HOLDER.compareAndSet(this, FREE, HELD)) {
            return handIn(data);
        }
        takeInbox();
        boolean taken = take(data, 1);
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
            if (!waitsForRoom && chain().isLong()) {
                flushHeld();
            }
            return taken;
        }
        reactorHolds = true;
        boolean taken = take(data, WRITE_AT_ONCE_BYTES);
        if (isChainEmpty()) {
            flushHeld();
        } else {
            reactor.atBatchEnd(this);
        }
        return taken;
    }

    /** Any thread; see {@link Transport#send(OutputPart)}. */
    void send(OutputPart part) {
        if (isOver()) {
            part.release();
            return;
        }
        boolean onReactor = reactor.inReactor();
        if (!(onReactor && reactorHolds) && !HOLDER.compareAndSet(this, FREE, HELD)) {
            handIn(part);
            return;
        }
        takeInbox();
        chain().add(part);
        if (!onReactor) {
            flushAndRelease();
        } else if (!reactorHolds) {
            reactorHolds = true;
            reactor.atBatchEnd(this);
        } else if (!waitsForRoom && chain().isLong()) {
            flushHeld();
        }
    }

    /** Holder only. */
    private OutputQueue chain() {
        OutputQueue queue = chain;
        if (queue == null) {
            queue = new OutputQueue();
            chain = queue;
        }
        return queue;
    }

    /** Holder only: writes past the queue if that is empty and the data may go as it is; false if there is no room anywhere. */
    private boolean take(ByteBuffer data, int minimum) {
        if (data.isDirect() && data.remaining() >= minimum && isChainEmpty() && !dead) {
            writeNow(data);
        }
        return appendOrWrite(data);
    }

    private void writeNow(ByteBuffer data) {
        int end = data.limit();
        try {
            do {
                int most = data.isDirect() ? data.remaining() : Math.min(data.remaining(), MAX_HEAP_BYTES);
                int count = channel.write(data.limit(data.position() + most));
                if (count > 0) {
                    stream.sink().written(count);
                }
            } while (!data.hasRemaining() && data.limit(end).hasRemaining());
            data.limit(end);
        } catch (IOException e) {
            data.limit(end).position(end);
            broke(e);
        }
    }

    /** Holder only: without memory to queue the data there still may be room for it in the socket; false if there is neither. */
    private boolean appendOrWrite(ByteBuffer data) {
        if (append(data)) {
            return true;
        }
        if (writeChain() != Stop.NOTHING_LEFT) {
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
        return !data.hasRemaining() || chain().append(data, buffers);
    }

    /** Not the holder: leaves the data for the holder, or becomes it. */
    private boolean handIn(ByteBuffer data) {
        synchronized (this) {
            if (dead) {
                data.position(data.limit());
                return true;
            }
            if (!inbox().append(data, buffers)) {
                return false;
            }
        }
        tellHolder();
        return true;
    }

    private void handIn(OutputPart part) {
        synchronized (this) {
            if (dead) {
                part.release();
                return;
            }
            inbox().add(part);
        }
        tellHolder();
    }

    /** Under the lock. */
    private OutputQueue inbox() {
        OutputQueue queue = inbox;
        if (queue == null) {
            queue = new OutputQueue();
            inbox = queue;
        }
        return queue;
    }

    /** Something lies in the inbox. */
    private void tellHolder() {
        while (true) {
            int now = holder;
            if (now == FREE && HOLDER.compareAndSet(this, FREE, HELD)) {
                takeInbox();
                flushAndRelease();
                return;
            }
            if (now == HELD_MORE || (now == HELD && HOLDER.compareAndSet(this, HELD, HELD_MORE))) {
                return;
            }
        }
    }

    /** Holder only. Whoever has put something in before this call, in whatever thread, has made the inbox visible, too. */
    private void takeInbox() {
        if (inbox == null) {
            return;
        }
        synchronized (this) {
            if (inbox != null) {
                chain().takeAll(inbox);
            }
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
            Stop stop = writeChain();
            if (stop == Stop.NO_ROOM) {
                setWaitsForRoom(true);
                return;
            }
            reactorHolds = false;
            if (stop == Stop.FILE) {
                setWaitsForRoom(false);
                passToWorker();
                return;
            }
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

    /** Holder only, on any thread: writes until the queue is empty, or passes the flush on. */
    private void flushAndRelease() {
        while (true) {
            Stop stop = writeChain();
            if (stop == Stop.NO_ROOM) {
                passToReactor();
                return;
            }
            if (stop == Stop.FILE) {
                passToWorker();
                return;
            }
            if (HOLDER.compareAndSet(this, HELD, FREE)) {
                resumeEnd();
                return;
            }
            HOLDER.setVolatile(this, HELD);
            takeInbox();
        }
    }

    private void passToWorker() {
        new FileTurn(Objects.requireNonNull(chain().firstFile()), this, channel, reactor).wake();
    }

    /** Holder only: the socket is full. */
    void passToReactor() {
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
        resumeEnd();
    }

    /** Why a flush went no further. */
    private enum Stop {
        NOTHING_LEFT,
        NO_ROOM,
        FILE
    }

    /** Holder only. */
    private Stop writeChain() {
        try {
            while (!isChainEmpty()) {
                if (dead) {
                    releaseChain();
                } else if (chain().firstFile() != null) {
                    return Stop.FILE;
                } else if (!chain().writeSome(channel, stream.sink())) {
                    return Stop.NO_ROOM;
                }
            }
        } catch (IOException e) {
            broke(e);
            releaseChain();
        }
        return Stop.NOTHING_LEFT;
    }

    // ---- what a worker says that sends the file at the head of the queue, as the holder -----------------------------

    boolean isDead() {
        return dead;
    }

    TransportSink sink() {
        return stream.sink();
    }

    /** The file is sent, or the stream is dead. */
    void fileEnded() {
        if (!dead) {
            chain().releaseFirst();
        }
        flushAndRelease();
    }

    /** Nothing may leave behind the missing bytes, neither what waits nor what comes before the reactor resets the stream. */
    void fileFailed(IOException cause, boolean unreadable) {
        synchronized (this) {
            dead = true;
        }
        if (unreadable) {
            reactor.execute(() -> stream.broken(cause, false));
        } else {
            broke(cause);
        }
        releaseChain();
        flushAndRelease();
    }

    /** As a task of its own even on the reactor: the caller is in the midst of a write, with the connection under its feet. */
    private void broke(IOException cause) {
        failure = cause;
        reactor.execute(() -> stream.broken(cause, true));
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** Reactor only: whatever is queued goes back to the pool, now or as soon as the holder looks. */
    void discard() {
        OutputQueue late;
        synchronized (this) {
            dead = true;
            late = inbox;
            inbox = null;
        }
        // Whoever waits for the end of a file is called for that, hence without the lock.
        if (late != null) {
            late.releaseAll();
        }
        if (reactorHolds) {
            flushHeld();
        } else if (HOLDER.compareAndSet(this, FREE, HELD)) {
            flushAndRelease();
        }
    }

    private void releaseChain() {
        if (chain != null) {
            chain.releaseAll();
        }
    }
}
