package io.millio.net;

import java.nio.ByteBuffer;

/**
 * What a server or client does with its connections. <strong>One handler object serves all connections at
 * once</strong>: state of a connection belongs in {@link Connection#attach}, or use a handler factory.
 *
 * <p>Callbacks of one connection never overlap and never reorder. They run on the reactor with DIRECT dispatch, where
 * they must not block, and otherwise on a worker or virtual thread, where they may. {@link #onOpen} comes before
 * everything else, {@link #onClose} exactly once and last. A callback that throws anything closes its own connection
 * with {@link CloseReason#HANDLER_ERROR}, is reported to the loop's error listener, and harms nothing else.
 */
@FunctionalInterface
public interface ConnectionHandler {
    /** The connection is open. */
    default void onOpen(Connection connection) throws Exception {}

    /**
     * Bytes have arrived, in order: with framing exactly one frame; without, as many as there are, however the peer cut
     * them, and at most 16 KiB at a time. Not called while the connection's output is congested.
     *
     * @param data lent for the length of the call; what is left in it then is dropped. Copy what is to be kept
     */
    void onData(Connection connection, ByteBuffer data) throws Exception;

    /** The output was congested, and has come down to its low watermark. */
    default void onWritable(Connection connection) throws Exception {}

    /**
     * The peer has finished, and everything it sent was delivered. Unless overridden, answers are flushed and the
     * connection closes.
     */
    default void onInputClosed(Connection connection) throws Exception {
        connection.close();
    }

    /**
     * An idle time-out has passed in which nothing was received, or nothing sent, or neither. Unless overridden, the
     * connection closes with {@link CloseReason#IDLE}. A handler that keeps it open, to send a ping say, is called
     * again after another time-out.
     */
    default void onIdle(Connection connection) throws Exception {
        connection.close();
    }

    /**
     * The server or the loop is shutting down: what was received is still delivered, then the connection closes. The
     * place to say goodbye, or to begin {@link Work} that the close is to wait for.
     */
    default void onShutdown(Connection connection) throws Exception {}

    /** The system reported an error, or a callback threw; {@link #onClose} follows. Called at most once. */
    default void onError(Connection connection, Throwable error) throws Exception {}

    /** The connection is closed; nothing follows. */
    default void onClose(Connection connection, CloseReason reason) throws Exception {}
}
