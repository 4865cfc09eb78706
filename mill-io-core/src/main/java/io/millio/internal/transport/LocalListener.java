package io.millio.internal.transport;

import io.millio.internal.Lane;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import io.millio.pool.BufferPool;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A name at which this process can connect to itself without sockets. The reactor owns the accepting; the queue of those who wait is
 * guarded by its monitor, for they come from any thread.
 */
public final class LocalListener extends SerialTask implements Listener {
    /** As with a socket: a flood of connections does not starve those that are open. */
    private static final int BATCH = 64;

    /** All that are bound in this process. */
    private static final Map<SocketAddress, LocalListener> BOUND = new ConcurrentHashMap<>();

    private final SocketAddress address;
    private final int backlog;
    private final BufferPool buffers;
    private final ListenerSink sink;

    // Guarded by this.
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private boolean closed;
    private @Nullable ReactorPort reactor;

    // The reactor's.
    private boolean paused;

    /** One who has connected and is not accepted yet; {@code in} and {@code out} are the server's. */
    private record Waiting(SocketAddress from, LocalPipe in, LocalPipe out) {
        void reset() {
            in.abandon();
            out.reset();
        }
    }

    private LocalListener(SocketAddress address, int backlog, BufferPool buffers, ListenerSink sink) {
        this.address = address;
        this.backlog = backlog;
        this.buffers = buffers;
        this.sink = sink;
    }

    /**
     * Any thread: takes the name.
     *
     * @throws BindException if somebody has it
     */
    public static LocalListener bind(SocketAddress address, int backlog, BufferPool buffers, ListenerSink sink)
            throws BindException {
        LocalListener made = new LocalListener(address, backlog, buffers, sink);
        LocalListener other = BOUND.putIfAbsent(address, made);
        if (other != null) {
            throw new BindException(address + " is in use by " + other.sink + "; close that, or take another name");
        }
        return made;
    }

    /**
     * Any thread: connects, and tells the sink on the reactor.
     *
     * @param from the address of the client's end
     * @param reactor on which the client's end is to live
     * @param buffers for what the client's end writes faster than the server reads
     */
    public static void connect(
            SocketAddress to, SocketAddress from, ReactorPort reactor, BufferPool buffers, ConnectSink sink) {
        reactor.execute(() -> {
            LocalPipe in = new LocalPipe();
            LocalPipe out = new LocalPipe();
            try {
                connect(to, from, in, out);
            } catch (ConnectException e) {
                sink.failed(e);
                return;
            }
            reactor.counters().connects.increment();
            sink.connected(new LocalStream(from, to, in, out, reactor, buffers));
        });
    }

    /** Any thread: {@code in} and {@code out} are the client's. */
    static void connect(SocketAddress to, SocketAddress from, LocalPipe in, LocalPipe out) throws ConnectException {
        LocalListener listener = BOUND.get(to);
        if (listener == null || !listener.offer(new Waiting(from, out, in))) {
            throw new ConnectException(
                    listener == null || BOUND.get(to) != listener
                            ? "nobody in this process listens on " + to + "; start its server first"
                            : to + " has " + listener.backlog
                                    + " connections waiting, which is its backlog; try later");
        }
    }

    private boolean offer(Waiting client) {
        boolean started;
        synchronized (this) {
            if (closed || queue.size() >= backlog) {
                return false;
            }
            queue.add(client);
            started = reactor != null;
        }
        if (started) {
            wake();
        }
        return true;
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public void start(ReactorPort owner) {
        synchronized (this) {
            reactor = owner;
        }
        wake();
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        if (owner() != null) {
            wake();
        }
    }

    private synchronized @Nullable ReactorPort owner() {
        return reactor;
    }

    @Override
    protected Lane lane() {
        ReactorPort owner = owner();
        if (owner == null) {
            throw new IllegalStateException(this + " has not been started");
        }
        return owner.directLane();
    }

    @Override
    protected boolean turn() {
        return !paused && accept(BATCH);
    }

    /** True if there may be more. */
    private boolean accept(int limit) {
        for (int n = 0; n < limit; n++) {
            if (isQueueEmpty()) {
                return false;
            }
            if (sink.room() <= 0) {
                paused = true;
                return false;
            }
            Waiting client = next();
            if (client == null) {
                return false;
            }
            ReactorPort target = sink.nextReactor();
            ReactorPort owner = owner();
            if (owner != null) {
                owner.counters().accepts.increment();
            }
            sink.accepted(new LocalStream(address, client.from, client.in, client.out, target, buffers), target);
        }
        return true;
    }

    private synchronized boolean isQueueEmpty() {
        return queue.isEmpty();
    }

    private synchronized @Nullable Waiting next() {
        return queue.poll();
    }

    @Override
    public void drainAndClose(Runnable whenClosed) {
        refuse();
        accept(Integer.MAX_VALUE);
        close();
        whenClosed.run();
    }

    /** Nobody is let into the queue any more. */
    private void refuse() {
        BOUND.remove(address, this);
        synchronized (this) {
            closed = true;
        }
    }

    @Override
    public void close() {
        refuse();
        for (Waiting client = next(); client != null; client = next()) {
            client.reset();
        }
    }

    @Override
    public String toString() {
        return "listener on " + address;
    }
}
