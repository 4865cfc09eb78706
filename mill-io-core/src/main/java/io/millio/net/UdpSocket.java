package io.millio.net;

import io.millio.internal.Lane;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import io.millio.internal.transport.Datagram;
import io.millio.internal.transport.DatagramSink;
import io.millio.internal.transport.NioDatagrams;
import io.millio.loop.Dispatch;
import io.millio.pool.PooledBuffer;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One life of an endpoint: the socket, and the mailbox of the handler. Owned by whichever thread runs the mailbox, the reactor (DIRECT)
 * or a worker (WORKERS), except for the methods that say otherwise.
 *
 * <p>A drain goes round between the two: the reactor receives as long as the mailbox has room, the mailbox asks for more when it is
 * empty; when nothing was left to receive, the mailbox is empty and the results of all begun work are told, the reactor closes as soon as
 * everything is flushed.
 */
final class UdpSocket extends SerialTask implements DatagramSink {
    /** Then the next source has its turn. */
    private static final int MAX_CALLS_PER_TURN = 256;

    private static final int MAX_MAILBOX_BYTES = 1 << 20;

    /** Passes of a drain over the socket: senders that go on without end must not hold it up for ever. */
    private static final int MAX_DRAIN_PASSES = 1024;

    private final UdpRuntime runtime;
    private final ReactorPort reactor;
    private final NioDatagrams channel;
    private final boolean direct;
    private final Lane lane;

    /** Added to by the reactor, taken from by the mailbox; the lock of the next field, too. */
    private final ArrayDeque<Datagram> inbox = new ArrayDeque<>();

    private int inboxBytes;

    /** What has come back of begun work and was not told yet; guarded by the inbox. */
    private final ArrayDeque<Runnable> results = new ArrayDeque<>();

    /** Work begun and not told of, or -1 once nothing can be told any more; guarded by the inbox. */
    private int begun;

    /** What the system has reported and the handler was not told yet. */
    private final AtomicReference<@Nullable Throwable> error = new AtomicReference<>();

    /** The handler has had its last call; the port is free. */
    private final AtomicInteger endings = new AtomicInteger(2);

    private volatile boolean draining;
    private volatile boolean dry;
    private volatile @Nullable CloseReason reason;

    /** Reactor only. */
    private int drainPasses;

    private boolean opened;
    private boolean flushing;
    private boolean over;

    UdpSocket(UdpRuntime runtime, ReactorPort reactor) throws IOException {
        this.runtime = runtime;
        this.reactor = reactor;
        this.direct = runtime.dispatch == Dispatch.DIRECT;
        this.lane = Delivery.lane(reactor, runtime.dispatch);
        this.channel = NioDatagrams.open(
                runtime.address,
                runtime.remote,
                runtime.options,
                reactor,
                runtime.buffers,
                this,
                runtime.maxDatagram,
                runtime.sendQueue);
    }

    // ---- for any thread ---------------------------------------------------------------------------------------------

    NioDatagrams channel() {
        return channel;
    }

    /** Why it ended, or null. */
    @Nullable
    CloseReason reason() {
        return reason;
    }

    int undelivered() {
        synchronized (inbox) {
            return inbox.size();
        }
    }

    /** As {@link UdpEndpoint#deliver}. */
    <T extends @Nullable Object> void deliver(
            CompletionStage<? extends T> stage, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> callback) {
        if (!begin()) {
            dropped(NioDatagrams.CLOSED, 1);
            return;
        }
        CompletionStage<?> unused = stage.whenComplete((value, error) -> {
            synchronized (inbox) {
                if (begun < 0) {
                    return;
                }
                results.add(() -> callback.accept(
                        value,
                        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error));
            }
            wake();
        });
    }

    private boolean begin() {
        synchronized (inbox) {
            if (begun == OutputAccount.MAX_WORK) {
                throw new IllegalStateException(begun + " works of " + runtime
                        + " are open; give their stages a time-out, or make them end earlier");
            }
            if (begun < 0) {
                return false;
            }
            begun++;
            return true;
        }
    }

    /** What is begun still is lost, each as a datagram is. */
    private void dropBegun() {
        int lost;
        synchronized (inbox) {
            lost = Math.max(0, begun);
            begun = -1;
            results.clear();
        }
        dropped(NioDatagrams.CLOSED, lost);
    }

    @Override
    public void sent(int bytes) {
        runtime.counters.messagesOut.increment();
        runtime.counters.bytesOut.add(bytes);
    }

    @Override
    public void dropped(String why, int count) {
        for (int i = 0; i < count; i++) {
            runtime.counters.rejected(why);
        }
    }

    @Override
    public void failed(Throwable cause) {
        runtime.errors.increment();
        runtime.report(cause);
        error.set(cause);
        wake();
    }

    // ---- for the reactor --------------------------------------------------------------------------------------------

    void start() {
        if (reason != null) {
            return;
        }
        try {
            channel.start();
            wake();
        } catch (IOException | RuntimeException e) {
            lost(e);
        }
    }

    @Override
    public void received(SocketAddress sender, ByteBuffer data, boolean truncated) {
        runtime.counters.messagesIn.increment();
        runtime.counters.bytesIn.add(data.remaining());
        if (truncated) {
            runtime.truncated.increment();
        }
        if (direct && tryEnter()) {
            // Idle means empty: whatever is kept is followed by a wake on this same thread.
            deliver(sender, data, truncated);
            leave(false);
        } else if (!hasRoom(data.remaining())) {
            dropped("mailbox", 1);
        } else {
            keep(sender, data, truncated);
        }
    }

    private boolean hasRoom(int bytes) {
        synchronized (inbox) {
            return inbox.size() < runtime.mailbox && inboxBytes + bytes <= MAX_MAILBOX_BYTES;
        }
    }

    private void keep(SocketAddress sender, ByteBuffer data, boolean truncated) {
        PooledBuffer copy = runtime.buffers.tryAcquire(data.remaining());
        if (copy == null) {
            dropped(NioDatagrams.NO_MEMORY, 1);
            return;
        }
        copy.buffer().put(data).flip();
        synchronized (inbox) {
            inbox.add(new Datagram(sender, copy, truncated));
            inboxBytes += copy.buffer().limit();
        }
        wake();
    }

    /** Receives and delivers what has come, flushes, and closes. */
    void drain() {
        draining = true;
        channel.stopReceiving();
        readOn();
    }

    /** One pass, so that other sources have their turn before the mailbox asks for the next. */
    private void readOn() {
        if (!dry && reason == null && hasRoom(MAX_MAILBOX_BYTES / 2)) {
            int limit = Math.min(NioDatagrams.MAX_RECEIVES, runtime.mailbox - undelivered());
            dry = !channel.receive(limit) || ++drainPasses >= MAX_DRAIN_PASSES;
        }
        wake();
    }

    @Override
    public void lost(Throwable cause) {
        failed(cause);
        close(CloseReason.IO_ERROR, true);
    }

    /** Drops what is queued in either direction. */
    void close(CloseReason why, boolean loopGoesOn) {
        if (reason == null) {
            reason = why;
            channel.close(loopGoesOn ? this::ending : null);
            wake();
        }
    }

    /** Any thread, when the reactor runs no more: releases what a life has left that did not get to its end, or not to its begin. */
    void abandon() {
        if (reason == null) {
            reason = CloseReason.LOCAL;
        }
        channel.close(null);
        dropBegun();
    }

    // ---- the mailbox ------------------------------------------------------------------------------------------------

    @Override
    protected Lane lane() {
        return lane;
    }

    @Override
    protected boolean turn() {
        if (over) {
            return false;
        }
        if (!opened) {
            opened = true;
            try {
                runtime.handler.onOpen(runtime.endpoint);
            } catch (Throwable t) {
                handlerFailed(t);
            }
        }
        Throwable reported = error.getAndSet(null);
        if (reported != null) {
            tellError(reported);
        }
        // Read before the inbox: then an empty one holds none of the datagrams that came before them.
        boolean receivedAll = dry;
        boolean ask = draining;
        CloseReason end = reason;
        if (end != null) {
            finish(end);
        } else if (deliverKept()) {
            return true;
        } else if (receivedAll && !flushing && !owesAnswers()) {
            flushing = true;
            reactor.execute(() -> channel.whenFlushed(() -> close(CloseReason.DRAINED, true)));
        } else if (ask && !receivedAll) {
            reactor.execute(this::readOn);
        }
        return false;
    }

    /** True if there may be more. */
    private boolean deliverKept() {
        for (int n = 0; n < MAX_CALLS_PER_TURN && reason == null; n++) {
            if (tellResult()) {
                continue;
            }
            Datagram next = poll();
            if (next == null) {
                return false;
            }
            try {
                deliver(next.address(), next.buffer().buffer(), next.truncated());
            } finally {
                next.buffer().release();
            }
        }
        return true;
    }

    private boolean tellResult() {
        Runnable result;
        synchronized (inbox) {
            result = results.poll();
        }
        if (result == null) {
            return false;
        }
        try {
            result.run();
        } catch (Throwable t) {
            handlerFailed(t);
        }
        synchronized (inbox) {
            begun--;
        }
        return true;
    }

    private boolean owesAnswers() {
        synchronized (inbox) {
            return begun > 0;
        }
    }

    private @Nullable Datagram poll() {
        synchronized (inbox) {
            Datagram next = inbox.poll();
            if (next != null) {
                inboxBytes -= next.buffer().buffer().limit();
            }
            return next;
        }
    }

    private void finish(CloseReason why) {
        over = true;
        for (Datagram next = poll(); next != null; next = poll()) {
            next.buffer().release();
            dropped(NioDatagrams.CLOSED, 1);
        }
        dropBegun();
        try {
            runtime.handler.onClose(runtime.endpoint, why);
        } catch (Throwable t) {
            handlerFailed(t);
        }
        ending();
    }

    private void ending() {
        if (endings.decrementAndGet() == 0) {
            runtime.ended(this);
        }
    }

    // ---- callbacks --------------------------------------------------------------------------------------------------

    private void deliver(SocketAddress sender, ByteBuffer data, boolean truncated) {
        try {
            runtime.handler.onDatagram(runtime.endpoint, sender, data, truncated);
        } catch (Throwable t) {
            handlerFailed(t);
        }
    }

    private void handlerFailed(Throwable t) {
        runtime.counters.handlerError(t);
        runtime.report(t);
        if (!over) {
            tellError(t);
        }
    }

    /** An onError that throws is not told of what it threw. */
    private void tellError(Throwable cause) {
        try {
            runtime.handler.onError(runtime.endpoint, cause);
        } catch (Throwable t) {
            runtime.counters.handlerError(t);
            runtime.report(t);
        }
    }

    @Override
    public String toString() {
        return runtime.toString();
    }
}
