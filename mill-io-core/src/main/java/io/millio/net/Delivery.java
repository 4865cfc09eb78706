package io.millio.net;

import io.millio.internal.Lane;
import io.millio.internal.MpscQueue;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import io.millio.loop.Dispatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The mailbox of one connection: everything that its handler is to be told, told in order and one thing at a time. Owned by
 * whichever thread runs it, the reactor (DIRECT) or a worker (WORKERS), except for the methods that say otherwise.
 *
 * <p>Conditions that last (the peer has finished, the connection has ended) are flags that {@link #turn} looks at once all bytes
 * before them are delivered; whoever sets one wakes the mailbox.
 */
final class Delivery extends SerialTask {
    /** Unframed bytes go out in pieces, so that a handler that answers much for little meets its watermark between two of them. */
    private static final int MAX_RAW_BYTES = 16 * 1024;

    /** Then the next source has its turn. */
    private static final int MAX_CALLS_PER_TURN = 256;

    private final StreamConnection connection;
    private final ConnectionHandler handler;
    private final StreamCounters counters;
    private final Lane lane;
    private final boolean direct;
    private final Inbox inbox = new Inbox();
    private final @Nullable FrameAssembler assembler;

    private volatile boolean midFrame;
    private volatile boolean writable;
    private volatile boolean inputFinished;
    private volatile boolean inputDry;
    private volatile boolean idle;
    private volatile boolean shuttingDown;
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable MpscQueue<Runnable> tasks;

    private boolean opened;
    private boolean inputClosedCalled;
    private boolean errorCalled;
    private boolean closed;

    Delivery(StreamConnection connection, ConnectionHandler handler, Lane lane, boolean direct) {
        Shard shard = connection.shard();
        this.connection = connection;
        this.handler = handler;
        this.counters = shard.counters();
        this.lane = lane;
        this.direct = direct;
        Framing framing = shard.options().framing();
        this.assembler = framing == Framing.none() ? null : new FrameAssembler(framing, shard.buffers());
    }

    /** Where the mailboxes of a reactor's sources run. */
    static Lane lane(ReactorPort reactor, Dispatch dispatch) {
        return switch (dispatch) {
            case DIRECT -> reactor.directLane();
            case WORKERS -> reactor.workersLane();
            case VIRTUAL -> reactor.virtualLane();
        };
    }

    // ---- what the reactor says --------------------------------------------------------------------------------------

    /** Reactor only: bytes arrived; delivered from where they lie if this is the handler's thread and it is free. */
    void received(ByteBuffer data) {
        if (direct && inbox.bytes() == 0 && tryEnter()) {
            boolean more = false;
            try {
                deliver(data, MAX_CALLS_PER_TURN);
                if (data.hasRemaining() && !connection.isDiscarding()) {
                    keep(data);
                }
                more = (inbox.bytes() > 0 && connection.mayDeliver()) || conclude();
            } finally {
                // Out of memory on the way or not, the handler is still to be told of the end.
                leave(more);
            }
        } else {
            keep(data);
            wake();
        }
    }

    private void keep(ByteBuffer data) {
        inbox.add(data, connection.shard().buffers(), connection.shard().reserve());
    }

    /** Any thread: bytes received and not delivered. */
    int undelivered() {
        return inbox.bytes();
    }

    /** Any thread: whether neither bytes nor a part of a frame are kept here. */
    boolean holdsNone() {
        return inbox.bytes() == 0 && !midFrame;
    }

    void outputWritable() {
        writable = true;
        wake();
    }

    void inputFinished() {
        inputFinished = true;
        wake();
    }

    /** Nothing more will be read although the peer may go on: a drain. */
    void inputDry() {
        inputDry = true;
        wake();
    }

    void idle() {
        idle = true;
        wake();
    }

    void shuttingDown() {
        shuttingDown = true;
        wake();
    }

    /** The connection is gone, with the error if it was one of the system's. */
    void ended(@Nullable Throwable error) {
        failure = error;
        ended = true;
        wake();
    }

    /** Any thread. */
    void execute(Runnable task) {
        MpscQueue<Runnable> queue = tasks;
        if (queue == null) {
            synchronized (this) {
                queue = tasks;
                if (queue == null) {
                    queue = new MpscQueue<>();
                    tasks = queue;
                }
            }
        }
        queue.offer(task);
        wake();
    }

    /** Any thread: asks, behind what is undelivered, whether there is anything of which the handler knows nothing. */
    void probe(Consumer<Boolean> silent, boolean finished) {
        execute(() -> {
            if (inbox.bytes() > 0 && connection.mayDeliver()) {
                probe(silent, finished);
            } else {
                boolean rest = inbox.bytes() > 0 || (assembler != null && assembler.isMidFrame());
                silent.accept(!rest && !finished && connection.isOpen());
            }
        });
    }

    // ---- the turn ---------------------------------------------------------------------------------------------------

    @Override
    protected Lane lane() {
        return lane;
    }

    @Override
    protected boolean turn() {
        if (closed) {
            inbox.clear();
            return false;
        }
        if (!opened) {
            open();
        }
        boolean moreTasks = runTasks();
        if (writable) {
            writable = false;
            call(() -> handler.onWritable(connection));
        }
        if (shuttingDown) {
            shuttingDown = false;
            call(() -> handler.onShutdown(connection));
        }
        if (idle) {
            idle = false;
            connection.closingAs(CloseReason.IDLE, () -> call(() -> handler.onIdle(connection)));
        }
        boolean more = deliverKept() || conclude();
        return more || moreTasks;
    }

    /** Without {@link #call}, whose argument would be garbage for every connection. */
    private void open() {
        opened = true;
        try {
            handler.onOpen(connection);
        } catch (Throwable t) {
            failed(t);
        }
    }

    /** True if there may be more, which the next source must not wait for. */
    private boolean runTasks() {
        MpscQueue<Runnable> queue = tasks;
        if (queue != null) {
            for (int n = 0; n < MAX_CALLS_PER_TURN; n++) {
                Runnable task = queue.poll();
                if (task == null) {
                    return false;
                }
                call(task::run);
            }
        }
        return queue != null;
    }

    /** True if there is more that may be delivered. */
    private boolean deliverKept() {
        int calls = MAX_CALLS_PER_TURN;
        while (calls > 0 && connection.mayDeliver()) {
            ByteBuffer data = inbox.peek();
            if (data == null) {
                return false;
            }
            int before = data.remaining();
            calls -= deliver(data, calls);
            inbox.advance(before - data.remaining());
            connection.delivered();
        }
        return calls <= 0;
    }

    /** Delivers until the data is used up, delivery has to stop, or so many calls were made; returns their number. */
    private int deliver(ByteBuffer data, int maxCalls) {
        int calls = 0;
        try {
            if (assembler == null) {
                for (; calls < maxCalls && data.hasRemaining() && connection.admitsMessage(); calls++) {
                    deliverRaw(data);
                }
            } else {
                while (calls < maxCalls
                        && data.hasRemaining()
                        && connection.admitsMessage()
                        && deliverFrame(assembler, data)) {
                    calls++;
                }
                midFrame = assembler.holdsFrame();
            }
        } catch (Throwable t) {
            failed(t);
        }
        return calls;
    }

    /** False if there is no frame to deliver. Only what the cutting throws is the peer's fault; what the handler throws is its own. */
    private boolean deliverFrame(FrameAssembler frames, ByteBuffer data) {
        ByteBuffer frame;
        try {
            frame = frames.next(data);
        } catch (FramingException e) {
            connection.cannotFrame(e);
            return false;
        }
        if (frame == null) {
            return false;
        }
        onData(frame);
        frames.endLoan();
        return true;
    }

    private void deliverRaw(ByteBuffer data) {
        int limit = data.limit();
        int end = Math.min(limit, data.position() + MAX_RAW_BYTES);
        // The buffer goes from handler to handler, and one of them may have wanted another order of bytes.
        onData(data.limit(end).order(ByteOrder.BIG_ENDIAN));
        data.limit(limit).position(end);
    }

    /** Guarded here and not by the caller, who would take an exception of the framing's kind for the framing's own. */
    private void onData(ByteBuffer data) {
        counters.messagesIn.increment();
        connection.messageDelivered();
        try {
            handler.onData(connection, data);
        } catch (Throwable t) {
            failed(t);
        }
    }

    /**
     * What comes after all bytes; true if that made something new to deliver. The flags are read before the inbox: then an inbox
     * seen empty holds none of the bytes that came before them. The other way round, bytes and the end behind them could both
     * come in between, and the end would overtake the bytes.
     */
    private boolean conclude() {
        boolean finished = inputFinished;
        // The handler hears of a shutdown before its connection closes for it; the flag is set before inputDry is.
        boolean dry = inputDry && !shuttingDown;
        boolean over = ended;
        boolean delivered = inbox.bytes() == 0;
        if (delivered && finished && !inputClosedCalled && connection.mayDeliver()) {
            inputClosedCalled = true;
            connection.inputDelivered();
            endInput();
            connection.inputClosed();
        }
        if (delivered && dry && !connection.isDiscarding()) {
            connection.close(connection.drainReason());
        }
        if (over && (delivered || !connection.mayDeliver())) {
            close();
        }
        return false;
    }

    private void endInput() {
        if (assembler != null) {
            endFrames(assembler);
        }
        call(() -> handler.onInputClosed(connection));
    }

    private void endFrames(FrameAssembler frames) {
        try {
            ByteBuffer last = frames.end();
            if (last != null) {
                onData(last);
                frames.endLoan();
            }
        } catch (FramingException e) {
            connection.cannotFrame(e);
        }
        if (frames.truncated()) {
            connection.close(CloseReason.INPUT_TRUNCATED);
        }
    }

    private void close() {
        closed = true;
        Throwable error = failure;
        if (error != null) {
            connection.shard().report(connection, error);
            callOnError(error);
        }
        runLastTasks();
        CloseReason reason = connection.closeReason();
        try {
            handler.onClose(connection, reason == null ? CloseReason.LOCAL : reason);
        } catch (Throwable t) {
            connection.shard().handlerFailed(connection, t);
        }
        inbox.clear();
        if (assembler != null) {
            assembler.release();
        }
        connection.shard().closed(connection);
    }

    /** All that were given before this; what these give in turn comes too late, or there might be no end. */
    private void runLastTasks() {
        MpscQueue<Runnable> queue = tasks;
        if (queue != null) {
            Runnable last = () -> {};
            queue.offer(last);
            for (Runnable task = queue.poll(); task != last; task = queue.poll()) {
                if (task == null) {
                    // Somebody is about to link the next one.
                    Thread.onSpinWait();
                } else {
                    call(task::run);
                }
            }
        }
    }

    // ---- callbacks --------------------------------------------------------------------------------------------------

    private void call(Callback callback) {
        try {
            callback.call();
        } catch (Throwable t) {
            failed(t);
        }
    }

    private void failed(Throwable t) {
        connection.shard().handlerFailed(connection, t);
        callOnError(t);
        connection.close(CloseReason.HANDLER_ERROR);
    }

    /** Once: an onError that throws is not told of what it threw. */
    private void callOnError(Throwable error) {
        if (!errorCalled) {
            errorCalled = true;
            try {
                handler.onError(connection, error);
            } catch (Throwable t) {
                connection.shard().handlerFailed(connection, t);
            }
        }
    }

    @Override
    public String toString() {
        return connection.toString();
    }

    @FunctionalInterface
    private interface Callback {
        void call() throws Exception;
    }
}
