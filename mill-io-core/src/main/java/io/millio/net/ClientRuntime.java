package io.millio.net;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.internal.component.Shutdown;
import io.millio.internal.transport.Transport;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import java.net.SocketOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind a client: its sessions, a shard on every reactor, and the order of their end. For any thread; whether a session
 * may begin is guarded by its monitor, which is never held while a handler, the loop or a socket is called.
 */
final class ClientRuntime implements LoopComponent {

    private final EventLoop loop;
    private final LoopPort port;
    private final ClientOptions options;
    private final Map<SocketOption<?>, Object> socketOptions;
    private final StreamCounters counters = new StreamCounters();
    private final List<Shard> shards = new ArrayList<>();
    private final AtomicInteger nextReactor = new AtomicInteger();
    private final Set<ClientSession> sessions = ConcurrentHashMap.newKeySet();
    private final Map<Transport, ClientSession> active = new ConcurrentHashMap<>();

    /** Connections cut at the deadline of the latest drain. */
    private final AtomicLong cutOff = new AtomicLong();

    /** By reactor, and each belongs to its own: it makes its last turn, in which nothing may be registered. */
    private final boolean[] lastTurn;

    // Guarded by this.
    private @Nullable CompletableFuture<DrainCount> draining;
    private boolean loopStopped;
    private boolean closed;
    private long closedBeforeDrain;

    ClientRuntime(EventLoop loop, ClientOptions options) {
        this.loop = loop;
        this.port = LoopAccess.of(loop);
        this.options = options;
        this.socketOptions = options.stream().socket().forStream();
        this.lastTurn = new boolean[port.reactors()];
        for (int i = 0; i < port.reactors(); i++) {
            shards.add(new Shard(loop, port, port.reactor(i), options.stream(), counters, this::connectionGone));
        }
        port.attach(this);
    }

    ClientOptions options() {
        return options;
    }

    Map<SocketOption<?>, Object> socketOptions() {
        return socketOptions;
    }

    StreamCounters counters() {
        return counters;
    }

    NameLookups lookups() {
        return port.shared(NameLookups.class, () -> new NameLookups(loop.name()));
    }

    void report(Throwable error) {
        port.report(this, error);
    }

    // ---- connecting -------------------------------------------------------------------------------------------------

    CompletableFuture<Connection> connect(long delayNanos) {
        ClientSession session = new ClientSession(this, shard());
        try {
            if (!port.isRunning() && !port.ensureStarted()) {
                throw new IllegalStateException(this + " cannot connect: " + loop + " is not running; start it");
            }
            enlist(session);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        session.start(delayNanos);
        return session.future();
    }

    private synchronized void enlist(ClientSession session) {
        if (closed || draining != null || loopStopped) {
            throw stopped(
                    closed
                            ? "is closed for good; build a new one"
                            : "cannot connect: it, or its loop, is shutting down");
        }
        sessions.add(session);
    }

    private IllegalStateException stopped(String why) {
        return new IllegalStateException(this + " " + why);
    }

    /** The caller's own reactor, or else the next in turn. */
    private Shard shard() {
        for (Shard shard : shards) {
            if (shard.reactor().inReactor()) {
                return shard;
            }
        }
        return shards.get(Math.floorMod(nextReactor.getAndIncrement(), shards.size()));
    }

    boolean inReactor() {
        return shards.stream().anyMatch(shard -> shard.reactor().inReactor());
    }

    EventLoop loop() {
        return loop;
    }

    long nanos() {
        return port.reactor(0).nanos();
    }

    /** That reactor only. A session that may not is ended when the loop has stopped. */
    boolean mayAttempt(ReactorPort reactor) {
        return !lastTurn[reactor.index()];
    }

    /** The session's reactor: a connection is about to live. */
    void opened(Transport transport, ClientSession session) {
        counters.accepted.increment();
        active.put(transport, session);
    }

    /** Any thread: a connection has had its last callback. */
    private void connectionGone(Transport transport) {
        ClientSession session = active.remove(transport);
        if (session != null) {
            session.connectionGone();
        }
    }

    /** The session's reactor. */
    void finished(ClientSession session) {
        sessions.remove(session);
        finishIfEmpty();
    }

    // ---- closing ----------------------------------------------------------------------------------------------------

    CompletionStage<DrainReport> shutdown(Duration timeout) {
        return Shutdown.within(timeout, this, loop, port);
    }

    @Override
    public CompletionStage<DrainCount> drain() {
        CompletableFuture<DrainCount> end = new CompletableFuture<>();
        synchronized (this) {
            if (draining != null) {
                return draining.minimalCompletionStage();
            }
            if (sessions.isEmpty()) {
                return CompletableFuture.completedFuture(DrainCount.NOTHING);
            }
            draining = end;
            closedBeforeDrain = totalClosed();
            cutOff.set(0);
        }
        IllegalStateException failure = stopped("was shut down before it was connected");
        sessions.forEach(session -> session.reactor().execute(() -> session.drain(failure)));
        finishIfEmpty();
        return end.minimalCompletionStage();
    }

    /** A server may find its answers over it. */
    @Override
    public boolean drainsLast() {
        return true;
    }

    private void finishIfEmpty() {
        CompletableFuture<DrainCount> end = null;
        DrainCount count = DrainCount.NOTHING;
        synchronized (this) {
            if (draining != null && sessions.isEmpty()) {
                end = draining;
                draining = null;
                count = drainCount();
            }
        }
        if (end != null) {
            end.complete(count);
        }
    }

    private DrainCount drainCount() {
        long cut = cutOff.get();
        return new DrainCount(totalClosed() - closedBeforeDrain - cut, cut);
    }

    private long totalClosed() {
        return counters.accepted.sum() - active.size();
    }

    @Override
    public void cut() {
        shards.forEach(shard -> shard.cut(cutOff));
    }

    @Override
    public void loopStarted() {
        synchronized (this) {
            loopStopped = false;
            Arrays.fill(lastTurn, false);
        }
    }

    @Override
    public void reactorStopping(ReactorPort reactor) {
        lastTurn[reactor.index()] = true;
        Shard shard = shards.get(reactor.index());
        IllegalStateException failure = stopped("was not connected when its loop stopped");
        for (ClientSession session : sessions) {
            if (session.reactor() == reactor) {
                session.stop("stopped", failure);
            }
        }
        shard.stop();
    }

    @Override
    public void loopStopped() {
        synchronized (this) {
            loopStopped = true;
        }
        IllegalStateException failure = stopped("was not connected when its loop stopped");
        sessions.forEach(session -> session.abandon(failure));
        active.clear();
        shards.forEach(Shard::turnAway);
        finishIfEmpty();
    }

    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Shutdown.forGood(this, loop, port, null);
    }

    ClientStats stats() {
        int open = active.size();
        return new ClientStats(
                open,
                Math.max(0, sessions.size() - open),
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
                counters.errorsByKind());
    }

    @Override
    public String toString() {
        return options.stream().owner();
    }
}
