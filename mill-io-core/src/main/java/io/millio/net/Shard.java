package io.millio.net;

import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.internal.transport.Transport;
import io.millio.loop.EventLoop;
import io.millio.pool.BufferPool;
import io.millio.time.Timeout;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one server or client on one reactor, and what they share. Owned by the reactor, except for the methods that say
 * otherwise.
 */
final class Shard {
    private static final Duration MEMORY_RETRY = Duration.ofMillis(20);

    private final EventLoop loop;
    private final LoopPort port;
    private final ReactorPort reactor;
    private final StreamOptions options;
    private final StreamCounters counters;
    private final BufferPool buffers;
    private final BufferTrim trim;
    private final ReadReserve reserve;
    private final Consumer<Transport> gone;
    private final Set<StreamConnection> connections = ConcurrentHashMap.newKeySet();
    private final Groups groups = new Groups();
    private final Queue<Transport> incoming = new ConcurrentLinkedQueue<>();

    /** The reactor's while it runs. */
    private boolean stopped;

    Shard(
            EventLoop loop,
            LoopPort port,
            ReactorPort reactor,
            StreamOptions options,
            StreamCounters counters,
            Consumer<Transport> gone) {
        this.loop = loop;
        this.port = port;
        this.reactor = reactor;
        this.options = options;
        this.counters = counters;
        this.buffers = port.shared(BufferPool.class, () -> BufferPool.create(port.bufferBudget()));
        this.trim = port.shared(BufferTrim.class, () -> new BufferTrim(loop, buffers));
        this.reserve = new ReadReserve(buffers);
        this.gone = gone;
    }

    // ---- for any thread ---------------------------------------------------------------------------------------------

    StreamOptions options() {
        return options;
    }

    StreamCounters counters() {
        return counters;
    }

    BufferPool buffers() {
        return buffers;
    }

    ReactorPort reactor() {
        return reactor;
    }

    /** The connections that are open now; a live view. */
    Set<StreamConnection> connections() {
        return connections;
    }

    Groups groups() {
        return groups;
    }

    /** What the peers of all these are owed. */
    static long pendingBytes(List<Shard> shards) {
        long pending = 0;
        for (Shard shard : shards) {
            for (StreamConnection connection : shard.connections) {
                pending += connection.pendingBytes();
            }
        }
        return pending;
    }

    /** Ends what is left at the deadline of a drain, and counts it. */
    void cut(AtomicLong cutOff) {
        reactor.execute(() -> {
            for (StreamConnection connection : List.copyOf(connections)) {
                cutOff.incrementAndGet();
                connection.cut();
            }
        });
    }

    void report(StreamConnection connection, Throwable error) {
        port.report(connection, error);
    }

    void handlerFailed(StreamConnection connection, Throwable error) {
        counters.handlerError(error);
        port.report(connection, error);
    }

    /** The delivery has made its last call. */
    void closed(StreamConnection connection) {
        CloseReason reason = connection.closeReason();
        counters.closed(reason == null ? CloseReason.LOCAL : reason, reactor.nanos() - connection.openedNanos);
        gone.accept(connection.transport());
    }

    // ---- for the reactor --------------------------------------------------------------------------------------------

    /**
     * Any thread: a transport was accepted for this reactor. From elsewhere it waits in a queue of its own, and not in the task that
     * opens it, so that it can be found if the reactor has made its last turn.
     */
    void arrive(Transport transport) {
        if (reactor.inReactor()) {
            open(transport);
        } else {
            incoming.add(transport);
            reactor.execute(this::openNext);
        }
    }

    /** The loop has stopped on all reactors: resets those who came too late to be opened. */
    void turnAway() {
        stopped = false;
        for (Transport late = incoming.poll(); late != null; late = incoming.poll()) {
            late.abort();
            gone.accept(late);
        }
    }

    /** The reactor ends: what comes from now on could not be ended any more and is left to {@link #turnAway}. */
    void stop() {
        stopped = true;
        List.copyOf(connections).forEach(StreamConnection::stop);
        reserve.release();
    }

    private void openNext() {
        Transport transport = stopped ? null : incoming.poll();
        if (transport != null) {
            open(transport);
        }
    }

    /** The transport begins its life as a connection; null, and counted out, if there is no handler for it. */
    @Nullable
    StreamConnection open(Transport transport) {
        ConnectionHandler handler;
        try {
            handler = options.handlers().get();
        } catch (Throwable t) {
            counters.handlerError(t);
            port.report("the handler factory of " + options.owner(), t);
            transport.abort();
            gone.accept(transport);
            return null;
        }
        StreamConnection connection = new StreamConnection(this, reactor, transport, handler, options.dispatch());
        connection.open();
        return connection;
    }

    void add(StreamConnection connection) {
        connections.add(connection);
        trim.begin();
    }

    void remove(StreamConnection connection) {
        connections.remove(connection);
        groups.removeFromAll(connection);
        if (connections.isEmpty()) {
            reserve.release();
        }
    }

    ReadReserve reserve() {
        return reserve;
    }

    void awaitMemory(Intake intake) {
        if (reserve.await(intake)) {
            retryLater(this::retryMemory);
        }
    }

    /** Runs the task after a while in which others may have given memory back. */
    void retryLater(Runnable task) {
        runLater(MEMORY_RETRY.toNanos(), task);
    }

    /** Runs the task after a while, or at once if there is no room for another timer. */
    void runLater(long delayNanos, Runnable task) {
        if (schedule(delayNanos, task) == null) {
            reactor.execute(task);
        }
    }

    private void retryMemory() {
        if (!reserve.retry()) {
            retryLater(this::retryMemory);
        }
    }

    /** Null, reported, if the reactor has no room for another timer: the connection then lives without its time-outs. */
    @Nullable
    Timeout schedule(long delayNanos, Runnable task) {
        try {
            return loop.schedule(Duration.ofNanos(delayNanos), task);
        } catch (RejectedExecutionException e) {
            port.report("the time-outs of " + options.owner(), e);
            return null;
        }
    }
}
