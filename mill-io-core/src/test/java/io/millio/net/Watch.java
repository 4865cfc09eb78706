package io.millio.net;

import io.millio.testkit.Await;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands between a server and a test's handler and notes every breach of the order of callbacks: one at a time, onOpen first,
 * no data after the end of the input, onClose once and last. Any thread.
 */
final class Watch implements ConnectionHandler {
    record Closed(Connection connection, CloseReason reason) {}

    private static final class State {
        final AtomicReference<String> inside = new AtomicReference<>();
        volatile boolean opened;
        volatile boolean inputClosed;
        volatile boolean closed;
    }

    private final ConnectionHandler handler;
    private final Map<Connection, State> states = new ConcurrentHashMap<>();
    private final Queue<String> breaches = new ConcurrentLinkedQueue<>();
    private final Queue<Connection> opened = new ConcurrentLinkedQueue<>();
    private final Queue<Closed> closed = new ConcurrentLinkedQueue<>();

    Watch(ConnectionHandler handler) {
        this.handler = handler;
    }

    List<String> breaches() {
        return List.copyOf(breaches);
    }

    List<Connection> opened() {
        return List.copyOf(opened);
    }

    List<Closed> closed() {
        return List.copyOf(closed);
    }

    List<CloseReason> reasons() {
        return closed.stream().map(Closed::reason).toList();
    }

    /** The first connection, as soon as it is open. */
    Connection first() {
        Await.until("a connection", () -> !opened.isEmpty());
        return opened.element();
    }

    /** Waits for so many connections to have been closed; returns the reasons. */
    List<CloseReason> awaitClosed(int count) {
        Await.until(() -> count + " closed connections, closed are " + closed.size(), () -> closed.size() >= count);
        return reasons();
    }

    // ---- the callbacks ----------------------------------------------------------------------------------------------

    @FunctionalInterface
    private interface Call {
        void run() throws Exception;
    }

    private void pass(Connection connection, String name, Call call) throws Exception {
        State state = states.computeIfAbsent(connection, key -> new State());
        String other = state.inside.getAndSet(name);
        if (other != null) {
            breach(connection, name + " during " + other);
        }
        if (state.closed) {
            breach(connection, name + " after onClose");
        }
        if (state.opened == name.equals("onOpen")) {
            breach(connection, state.opened ? "a second onOpen" : name + " before onOpen");
        }
        state.opened = true;
        try {
            call.run();
        } finally {
            if (!state.inside.compareAndSet(name, null)) {
                breach(connection, name + " overtaken by " + state.inside.get());
            }
        }
    }

    private void breach(Connection connection, String what) {
        breaches.add(connection + ": " + what);
    }

    private State state(Connection connection) {
        return states.computeIfAbsent(connection, key -> new State());
    }

    @Override
    public void onOpen(Connection connection) throws Exception {
        opened.add(connection);
        pass(connection, "onOpen", () -> handler.onOpen(connection));
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) throws Exception {
        if (state(connection).inputClosed) {
            breach(connection, "onData after onInputClosed");
        }
        pass(connection, "onData", () -> handler.onData(connection, data));
    }

    @Override
    public void onWritable(Connection connection) throws Exception {
        pass(connection, "onWritable", () -> handler.onWritable(connection));
    }

    @Override
    public void onInputClosed(Connection connection) throws Exception {
        if (state(connection).inputClosed) {
            breach(connection, "a second onInputClosed");
        }
        state(connection).inputClosed = true;
        pass(connection, "onInputClosed", () -> handler.onInputClosed(connection));
    }

    @Override
    public void onIdle(Connection connection) throws Exception {
        pass(connection, "onIdle", () -> handler.onIdle(connection));
    }

    @Override
    public void onShutdown(Connection connection) throws Exception {
        pass(connection, "onShutdown", () -> handler.onShutdown(connection));
    }

    @Override
    public void onError(Connection connection, Throwable error) throws Exception {
        pass(connection, "onError", () -> handler.onError(connection, error));
    }

    @Override
    public void onClose(Connection connection, CloseReason reason) throws Exception {
        try {
            pass(connection, "onClose", () -> handler.onClose(connection, reason));
        } finally {
            state(connection).closed = true;
            closed.add(new Closed(connection, reason));
        }
    }
}
