package io.millio.net;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.internal.component.Shutdown;
import io.millio.internal.transport.Listener;
import io.millio.internal.transport.ListenerSink;
import io.millio.internal.transport.LocalListener;
import io.millio.internal.transport.NioListener;
import io.millio.internal.transport.Transport;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.pool.BufferPool;
import io.millio.pool.BufferPoolStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind a server: the listener on the first reactor, a shard on every reactor, and the order of opening and closing
 * them. Its state is guarded by its monitor, which is never held while a handler, the loop or a socket is called; the listener
 * itself belongs to its reactor.
 *
 * <pre>
 *   IDLE ---start---> LISTENING ---drain, loop stopped---> DRAINING ---last connection closed---> IDLE ...    close(): final
 * </pre>
 */
final class ServerRuntime implements LoopComponent, ListenerSink {
    private static final Duration ACCEPT_RETRY = Duration.ofMillis(200);

    private final EventLoop loop;
    private final LoopPort port;
    private final ServerOptions options;
    private final StreamCounters counters = new StreamCounters();
    private final List<Shard> shards = new ArrayList<>();
    private final Admission admission;
    private final AtomicInteger nextReactor = new AtomicInteger();

    /** Connections cut at the deadline of the latest drain. */
    private final AtomicLong cutOff = new AtomicLong();

    private enum State {
        IDLE,
        LISTENING,
        DRAINING
    }

    /** Held while the port is opened, by whoever starts the server or its loop: the others find it open then. */
    private final Object opening = new Object();

    // Guarded by this.
    private State state = State.IDLE;
    private boolean startsWithLoop = true;
    private boolean closed;
    private @Nullable Listener listener;
    private CompletableFuture<DrainCount> ended = CompletableFuture.completedFuture(DrainCount.NOTHING);
    private long closedBeforeDrain;
    private boolean portInUse;

    // The first reactor's.
    private volatile boolean acceptingPaused;
    private boolean retrying;

    ServerRuntime(EventLoop loop, ServerOptions options) {
        this.loop = loop;
        this.port = LoopAccess.of(loop);
        this.options = options;
        this.admission = new Admission(options, port.reactor(0).nanos());
        for (int i = 0; i < port.reactors(); i++) {
            shards.add(new Shard(loop, port, port.reactor(i), options.stream(), counters, this::connectionGone));
        }
        Token token = options.token();
        if (token != null) {
            port.reserveToken(token.value(), "server '" + options.name() + "'");
        }
        port.attach(this);
    }

    // ---- opening ----------------------------------------------------------------------------------------------------

    void start() {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("server '" + options.name() + "' is closed for good; build a new one");
            }
            if (state == State.LISTENING) {
                return;
            }
            startsWithLoop = true;
        }
        if (!port.isRunning()) {
            if (!port.ensureStarted()) {
                throw new IllegalStateException(
                        "server '" + options.name() + "' cannot start: " + loop + " is not running; start it");
            }
        }
        synchronized (opening) {
            if (!isListening()) {
                listen();
            }
        }
    }

    @Override
    public void loopStarted() {
        synchronized (opening) {
            if (wantsToListen()) {
                listen();
            }
        }
    }

    private synchronized boolean wantsToListen() {
        return startsWithLoop && !closed && state == State.IDLE;
    }

    private void listen() {
        Listener opened = bind();
        synchronized (this) {
            if (state != State.IDLE || closed) {
                opened.close();
                throw new IllegalStateException("server '" + options.name() + "' is "
                        + (closed ? "closed for good; build a new one" : state + "; start it when that is over"));
            }
            state = State.LISTENING;
            listener = opened;
            ended = new CompletableFuture<>();
        }
        acceptor().execute(() -> {
            acceptingPaused = false;
            retrying = false;
            try {
                opened.start(acceptor());
            } catch (IOException e) {
                port.report(this, e);
            }
        });
    }

    private Listener bind() {
        BufferPool buffers = shards.get(0).buffers();
        try {
            if (options.address() instanceof LocalAddress name) {
                return LocalListener.bind(name, options.backlog(), buffers, this);
            }
            return NioListener.bind(
                    options.address(),
                    options.backlog(),
                    options.stream().socket().forListener(options.address()),
                    options.stream().socket().forStream(options.address()),
                    options.permissions(),
                    buffers,
                    this);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "server '" + options.name() + "' cannot listen on " + options.address() + ": " + e.getMessage(), e);
        }
    }

    private ReactorPort acceptor() {
        return port.reactor(0);
    }

    synchronized boolean isListening() {
        return state == State.LISTENING;
    }

    synchronized SocketAddress localAddress() {
        if (listener == null) {
            throw new IllegalStateException("server '" + options.name() + "' is not listening; start it first");
        }
        return listener.address();
    }

    // ---- accepting, on the first reactor ----------------------------------------------------------------------------

    @Override
    public int room() {
        if (acceptingPaused || retrying) {
            return 0;
        }
        long delay = admission.rateDelayNanos(acceptor().nanos());
        if (delay > 0) {
            retryAccept(Duration.ofNanos(delay));
            return 0;
        }
        return admission.room();
    }

    @Override
    public ReactorPort nextReactor() {
        return port.reactor(Math.floorMod(nextReactor.getAndIncrement(), port.reactors()));
    }

    @Override
    public void accepted(Transport transport, ReactorPort reactor) {
        String refusedBy = admission.admit(transport, acceptor().nanos());
        if (refusedBy != null) {
            counters.rejected(refusedBy);
            transport.abort();
            return;
        }
        counters.accepted.increment();
        shards.get(reactor.index()).arrive(transport);
    }

    /** Whatever the cause, most likely the limit of open files: tries again after a while, without a look at its text. */
    @Override
    public void acceptFailed(Throwable cause) {
        counters.acceptFailures.increment();
        port.report(this, cause);
        retryAccept(ACCEPT_RETRY);
    }

    private void retryAccept(Duration delay) {
        Listener current = listenerOrNull();
        if (current != null && !retrying) {
            retrying = true;
            current.pause();
            shards.get(0).runLater(delay.toNanos(), () -> {
                retrying = false;
                updateAccepting();
            });
        }
    }

    void pauseAccepting(boolean pause) {
        acceptor().execute(() -> {
            acceptingPaused = pause;
            updateAccepting();
        });
    }

    boolean isAcceptingPaused() {
        return acceptingPaused;
    }

    private void updateAccepting() {
        Listener current = listenerOrNull();
        if (current != null) {
            if (room() > 0) {
                current.resume();
            } else {
                current.pause();
            }
        }
    }

    private synchronized @Nullable Listener listenerOrNull() {
        return listener;
    }

    /** Any thread: a connection has had its last callback. */
    private void connectionGone(Transport transport) {
        if (admission.leave(transport)) {
            acceptor().execute(this::updateAccepting);
        }
        if (admission.active() == 0) {
            acceptor().execute(this::finishIfEmpty);
        }
    }

    // ---- closing ----------------------------------------------------------------------------------------------------

    CompletionStage<DrainReport> shutdown(Duration timeout) {
        return Shutdown.within(timeout, this, loop, port);
    }

    @Override
    public CompletionStage<DrainCount> drain() {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            startsWithLoop = false;
            end = ended;
            if (state == State.DRAINING) {
                return end.minimalCompletionStage();
            }
            if (state == State.IDLE) {
                return CompletableFuture.completedFuture(DrainCount.NOTHING);
            }
            closedBeforeDrain = totalClosed();
            cutOff.set(0);
            state = State.DRAINING;
            portInUse = true;
        }
        acceptor().execute(this::closeListenerAndDrain);
        return end.minimalCompletionStage();
    }

    private void closeListenerAndDrain() {
        Listener closing = takeListener();
        if (closing != null) {
            acceptingPaused = false;
            retrying = false;
            closing.drainAndClose(this::portFreed);
        }
        for (Shard shard : shards) {
            shard.reactor().execute(() -> List.copyOf(shard.connections()).forEach(c -> c.drain(CloseReason.DRAINED)));
        }
        finishIfEmpty();
    }

    private void portFreed() {
        synchronized (this) {
            portInUse = false;
        }
        finishIfEmpty();
    }

    private synchronized @Nullable Listener takeListener() {
        Listener taken = listener;
        listener = null;
        return taken;
    }

    /** On the first reactor, behind the tasks that opened the connections accepted last. */
    private void finishIfEmpty() {
        CompletableFuture<DrainCount> end = null;
        synchronized (this) {
            if (state == State.DRAINING && !portInUse && admission.active() == 0) {
                state = State.IDLE;
                end = ended;
            }
        }
        if (end != null) {
            end.complete(drainCount());
        }
    }

    @Override
    public void cut() {
        shards.forEach(shard -> shard.cut(cutOff));
    }

    @Override
    public void reactorStopping(ReactorPort reactor) {
        if (reactor.index() == 0) {
            Listener closing = takeListener();
            if (closing != null) {
                closing.close();
            }
        }
        Shard shard = shards.get(reactor.index());
        shard.stop();
    }

    @Override
    public void loopStopped() {
        Listener unstarted = takeListener();
        if (unstarted != null) {
            unstarted.close();
        }
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            state = State.IDLE;
            startsWithLoop = false;
            portInUse = false;
            end = ended;
        }
        shards.forEach(Shard::turnAway);
        end.complete(drainCount());
    }

    private synchronized DrainCount drainCount() {
        long cut = cutOff.get();
        return new DrainCount(totalClosed() - closedBeforeDrain - cut, cut);
    }

    private long totalClosed() {
        return counters.accepted.sum() - admission.active();
    }

    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Shutdown.forGood(this, loop, port, options.token());
    }

    void awaitClose() throws InterruptedException {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            end = ended;
        }
        Shutdown.await(end, this);
    }

    ConnectionGroup group(@Nullable String name) {
        return new ConnectionGroup(shards, name);
    }

    BufferPoolStats bufferPoolStats() {
        return shards.get(0).buffers().stats();
    }

    ServerStats stats() {
        return new ServerStats(
                admission.active(),
                options.maxConnections(),
                counters.accepted.sum(),
                counters.rejectedByLimit(),
                counters.closedByReason(),
                Duration.ofNanos(counters.durationNanos.sum()),
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.messagesIn.sum(),
                counters.messagesOut.sum(),
                Shard.pendingBytes(shards),
                counters.readsPaused.sum(),
                counters.acceptFailures.sum(),
                counters.errorsByKind(),
                options.stream().rateLimitStats());
    }

    @Override
    public String toString() {
        return "server '" + options.name() + "'";
    }
}
