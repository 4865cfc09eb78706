package io.millio.net;

import io.millio.internal.ReactorPort;
import io.millio.internal.transport.Transport;
import io.millio.internal.transport.TransportSink;
import io.millio.loop.Dispatch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connection between a transport below and a delivery above. Its phase and its timers are confined to its reactor; other threads
 * reach them by tasks. What any thread may change (the output account, the flags that stop delivery, the reason) is
 * volatile and said so.
 *
 * <pre>
 *   OPEN ----- beginClose -----> FLUSHING ----- settled: FIN -----> LINGERING ----- EOF or 2 s -----> CLOSED
 *     |                             |              (EOF already seen: straight on) -------------------^
 *     +------------- abort, broken, loop stopped ---------------------------------------------------- ^
 * </pre>
 */
final class StreamConnection extends WriteSide implements TransportSink {
    private static final AtomicLong IDS = new AtomicLong();
    private static final VarHandle REASON;

    static {
        try {
            REASON = MethodHandles.lookup().findVarHandle(StreamConnection.class, "reason", CloseReason.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private enum Phase {
        OPEN,
        FLUSHING,
        LINGERING,
        CLOSED
    }

    private final long id = IDS.incrementAndGet();
    private final ReactorPort reactor;
    private final Delivery delivery;
    private final Intake intake;
    private final Deadlines deadlines;
    private final @Nullable Throttle throttle;

    // Any thread.
    private volatile @Nullable CloseReason reason;
    private volatile boolean discarding;
    private volatile boolean inputDelivered;
    private volatile @Nullable Object attachment;
    private volatile CloseReason closeAs = CloseReason.LOCAL;
    private volatile CloseReason drainReason = CloseReason.DRAINED;

    // The reactor's.
    private Phase phase = Phase.OPEN;
    private boolean inputFinished;
    private boolean outputFinished;

    final long openedNanos;

    // The reactor's and whoever flushes's; read racily by stats().
    private long bytesIn;
    private long bytesOut;

    StreamConnection(
            Shard shard, ReactorPort reactor, Transport transport, ConnectionHandler handler, Dispatch dispatch) {
        super(shard, transport);
        this.reactor = reactor;
        this.openedNanos = reactor.nanos();
        this.delivery = new Delivery(this, handler, Delivery.lane(reactor, dispatch), dispatch == Dispatch.DIRECT);
        this.throttle = Throttle.of(reactor, shard.options());
        this.intake = new Intake(this);
        this.deadlines = new Deadlines(this, openedNanos);
    }

    /** Reactor only. */
    void open() {
        delivery.wake();
        transport.start(this);
        // Not before: whoever finds it there may write. And not at all if the start has failed.
        if (phase != Phase.CLOSED) {
            shard.add(this);
            deadlines.start();
        }
    }

    Delivery delivery() {
        return delivery;
    }

    Transport transport() {
        return transport;
    }

    Shard shard() {
        return shard;
    }

    // ---- input: what the transport says, on the reactor -------------------------------------------------------------

    @Override
    public int receivable() {
        return discarding ? Integer.MAX_VALUE : intake.receivable();
    }

    @Override
    public void received(ByteBuffer data) {
        deadlines.received();
        bytesIn += data.remaining();
        shard.counters().bytesIn.add(data.remaining());
        if (throttle != null) {
            throttle.received(data.remaining());
        }
        if (discarding || phase != Phase.OPEN) {
            return;
        }
        delivery.received(data);
        intake.update();
    }

    @Override
    public void inputFinished() {
        inputFinished = true;
        switch (phase) {
            case OPEN -> delivery.inputFinished();
            case LINGERING -> terminate(null);
            default -> {}
        }
    }

    @Override
    public void broken(Throwable cause, boolean reset) {
        settleReason(reset ? CloseReason.RESET : CloseReason.IO_ERROR);
        terminate(reset ? null : cause);
    }

    // ---- input: what becomes of it ----------------------------------------------------------------------------------

    /** Any thread: whether the handler may be given something now. */
    boolean mayDeliver() {
        return !discarding && !congested && !intake.holdsDelivery();
    }

    /** The delivery's: as {@link #mayDeliver}, for the next message; if the limits forbid it, delivery goes on when they do no more. */
    boolean admitsMessage() {
        return mayDeliver() && (throttle == null || gone || intake.admitsMessage(throttle));
    }

    /** The delivery's. */
    void messageDelivered() {
        if (throttle != null) {
            throttle.delivered();
        }
    }

    @Nullable
    Throttle throttle() {
        return throttle;
    }

    /** Reactor only: whether what has arrived waits for its turn by the limits. */
    boolean isThrottled() {
        return throttle != null && throttle.holds();
    }

    /** Reactor only: it does no more. */
    void throttleOver() {
        deadlines.throttleOver();
    }

    /** Any thread: nothing more is delivered, and what arrives is dropped. */
    boolean isDiscarding() {
        return discarding;
    }

    /** The delivery's: some bytes have left the inbox. */
    void delivered() {
        intake.delivered();
    }

    /** The delivery's: all bytes are delivered, and the end of the input is about to be. */
    void inputDelivered() {
        inputDelivered = true;
    }

    /** The delivery's: the handler was told of the end of the input; with both sides finished there is nothing to stay open for. */
    void inputClosed() {
        if (isOpen()) {
            onReactor(this::outputSettled);
        }
    }

    /** Any thread. */
    void onReactor(Runnable task) {
        if (reactor.inReactor()) {
            task.run();
        } else {
            reactor.execute(task);
        }
    }

    @Override
    public void pauseReading() {
        intake.pause();
    }

    @Override
    public void resumeReading() {
        intake.resume();
    }

    /** The delivery's: the bytes cannot be cut into frames. */
    void cannotFrame(FramingException e) {
        switch (e.kind()) {
            case NO_MEMORY -> intake.awaitFrameMemory();
            case TOO_LARGE -> refuse(e, CloseReason.FRAME_TOO_LARGE);
            case MALFORMED -> refuse(e, CloseReason.MALFORMED_FRAME);
        }
    }

    private void refuse(FramingException e, CloseReason why) {
        shard.report(this, e);
        close(why);
    }

    // ---- output -----------------------------------------------------------------------------------------------------

    @Override
    public void written(long bytes) {
        progressed(bytes);
        if (outputWritten(bytes)) {
            lookAtOutput();
        }
        relieve();
    }

    @Override
    public void progressed(long bytes) {
        deadlines.written();
        bytesOut += bytes;
        shard.counters().bytesOut.add(bytes);
    }

    @Override
    void uncongested() {
        delivery.outputWritable();
        intake.uncongested();
    }

    @Override
    void lookAtOutput() {
        reactor.execute(this::outputSettled);
    }

    /** Reactor only: whether something is to be sent, which the peer may fail to take. */
    boolean owesOutput() {
        return pendingBytes() > 0 && phase != Phase.CLOSED;
    }

    /** Reactor only: whether what arrives is for the handler, and not to be discarded. */
    boolean takesInput() {
        return phase == Phase.OPEN;
    }

    /** Reactor only. */
    boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    /** Reactor only: everything is written and nothing follows. */
    private void outputSettled() {
        if (phase == Phase.CLOSED || !isOutputSettled()) {
            return;
        }
        if (!outputFinished) {
            outputFinished = true;
            transport.finishOutput();
        }
        if (phase == Phase.FLUSHING || (phase == Phase.OPEN && inputDelivered)) {
            linger();
        }
    }

    private void linger() {
        if (inputFinished) {
            settleReason(CloseReason.PEER);
            terminate(null);
        } else {
            phase = Phase.LINGERING;
            deadlines.linger();
        }
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    @Override
    public void close() {
        close(inputDelivered && closeAs == CloseReason.LOCAL ? CloseReason.PEER : closeAs);
    }

    /** The delivery's: a close() made meanwhile has this reason. */
    void closingAs(CloseReason why, Runnable callback) {
        closeAs = why;
        try {
            callback.run();
        } finally {
            closeAs = CloseReason.LOCAL;
        }
    }

    /** Reactor only: nothing came or went for too long. */
    void idle() {
        delivery.idle();
    }

    CloseReason drainReason() {
        return drainReason;
    }

    /** Any thread: gracefully. */
    void close(CloseReason why) {
        settleReason(why);
        discarding = true;
        // Here and not in the task, so that the caller's next write is rejected.
        closeOutput();
        onReactor(this::beginClose);
    }

    private void beginClose() {
        if (phase == Phase.OPEN) {
            phase = Phase.FLUSHING;
            intake.update();
            outputSettled();
        }
    }

    @Override
    public void abort() {
        end(CloseReason.LOCAL);
    }

    @Override
    void end(CloseReason why) {
        settleReason(why);
        discarding = true;
        gone = true;
        onReactor(() -> {
            transport.abort();
            terminate(null);
        });
    }

    /** Reactor only: the deadline of a drain has come. */
    void cut() {
        REASON.compareAndSet(this, CloseReason.DRAINED, CloseReason.DRAIN_TIMEOUT);
        end(CloseReason.DRAIN_TIMEOUT);
    }

    /** Reactor only: the loop stops. */
    void stop() {
        settleReason(CloseReason.LOCAL);
        discarding = true;
        terminate(null);
    }

    private void settleReason(CloseReason why) {
        REASON.compareAndSet(this, null, why);
    }

    /** Reactor only: the one way into CLOSED. */
    private void terminate(@Nullable Throwable error) {
        if (phase != Phase.CLOSED) {
            phase = Phase.CLOSED;
            settleReason(CloseReason.LOCAL);
            gone = true;
            closeOutput();
            deadlines.cancel();
            transport.close();
            // What was received before a reset is still delivered, but a full output is no reason to wait any more.
            congested = false;
            shard.remove(this);
            delivery.ended(error);
        }
    }

    // ---- drain ------------------------------------------------------------------------------------------------------

    /** Reactor only: answers what has arrived by now, then closes. */
    void drain(CloseReason why) {
        if (phase == Phase.OPEN && !intake.isDraining()) {
            drainReason = why;
            delivery.shuttingDown();
            intake.drain();
        }
    }

    // ---- the rest of the public face --------------------------------------------------------------------------------

    @Override
    public long id() {
        return id;
    }

    @Override
    public SocketAddress remoteAddress() {
        return transport.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return transport.localAddress();
    }

    @Override
    public int reactorIndex() {
        return reactor.index();
    }

    @Override
    public boolean isOpen() {
        return reason == null;
    }

    @Override
    public @Nullable CloseReason closeReason() {
        return reason;
    }

    @Override
    public ConnectionStats stats() {
        long now = reactor.nanos();
        long age = now - openedNanos;
        // What the time-outs go by is when the turn began, which may have been before the connection was opened.
        long idle = Math.max(0, Math.min(age, now - deadlines.lastNanos()));
        return new ConnectionStats(Duration.ofNanos(age), Duration.ofNanos(idle), bytesIn, bytesOut);
    }

    @Override
    public void execute(Runnable task) {
        delivery.execute(task);
    }

    @Override
    public void attach(@Nullable Object object) {
        attachment = object;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the caller names the type it has attached
    public <T> @Nullable T attachment() {
        return (T) attachment;
    }

    /** Always as a task: the caller may be in the midst of what lies in the buffer that this reads into. */
    @Override
    public void probe(Consumer<Boolean> silent) {
        reactor.execute(() -> {
            if (phase == Phase.OPEN) {
                transport.readAvailable();
            }
            delivery.probe(silent, inputFinished);
        });
    }

    ReactorPort reactor() {
        return reactor;
    }

    @Override
    public String toString() {
        String peer = remoteAddress().toString();
        return "connection " + id + " of " + shard.options().owner() + " with "
                + (peer.isEmpty() ? "an unnamed peer" : peer);
    }
}
