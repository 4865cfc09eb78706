package io.millio.net;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connected stream. Every method may be called by any thread and none blocks.
 *
 * <p>A connection lives on one reactor for life. Its callbacks never overlap and never reorder; see {@link
 * ConnectionHandler}.
 *
 * <pre>
 *   open --- close(), or the peer has finished and is answered ---> flushing ---> FIN ---> input discarded ---> closed
 *     |                                                               |                     until EOF or time-out
 *     +------------------------- abort(), reset, a limit -------------+-------------------------------------> closed
 * </pre>
 */
public interface Connection {
    /** A number that no other connection of this process has had. */
    long id();

    /** The peer's address; stays readable after the close. */
    SocketAddress remoteAddress();

    /** This side's address; stays readable after the close. */
    SocketAddress localAddress();

    /** The index of the reactor on which the connection lives. */
    int reactorIndex();

    /**
     * Sends the buffer's remaining bytes behind everything written before: all of them or none, and never mixed with
     * another write's. Writes made on a reactor leave together at the end of its batch, large ones into an empty queue
     * and those of other threads at once. While the queue is empty the size of a write is limited only by the loop's
     * buffer memory; otherwise the queue's cap counts (4 MiB by default).
     *
     * @param data consumed unless the result is REJECTED; may be reused as soon as this returns. Direct buffers are
     *     cheaper
     */
    WriteResult write(ByteBuffer data);

    /**
     * Sends one frame: the remaining bytes with what the {@link Framing} of the server or client puts around them;
     * otherwise as {@link #write}.
     *
     * @throws IllegalArgumentException if the payload cannot be sent with this framing, such as a line that contains an
     *     LF
     */
    WriteResult writeFrame(ByteBuffer payload);

    /**
     * Sends a part of a file behind everything written before, without copying it through this process where the system
     * can do that. A worker of the loop reads the file, because that may wait for a disk. The file stays the caller's
     * and is never closed here; if it is truncated or closed before the stage is complete, the connection is reset with
     * {@link CloseReason#IO_ERROR}.
     *
     * @param position of the first byte in the file; the channel's own position is neither used nor changed
     * @param count bytes to send, 0 or more
     * @return completes when the last byte was given to the network, or exceptionally if the connection ends before;
     *     then on whichever thread found out
     * @throws IllegalArgumentException if position or count is negative, or their sum too large for a long
     */
    CompletionStage<Void> transferFrom(FileChannel file, long position, long count);

    /** Whether the connection is open and its output not congested; what {@link #write} returns tells the same. */
    boolean isWritable();

    /** Bytes written and not yet taken by the network; of each file to be sent at most 64 KiB count. */
    long pendingBytes();

    /**
     * Delivers nothing more until {@link #resumeReading}, which in the end slows the peer down; the time-outs go on.
     */
    void pauseReading();

    /** Ends {@link #pauseReading}. */
    void resumeReading();

    /** Sends a FIN after everything written so far; input goes on. Further writes are rejected. */
    void shutdownOutput();

    /**
     * Closes gracefully: delivers nothing more, waits for begun {@link Work}, flushes, sends a FIN, and discards input
     * until the peer finishes too or the {@linkplain SocketOptions#linger linger time-out} (2 s by default) has passed.
     * Idempotent.
     */
    void close();

    /** Closes at once by a reset; what was not yet sent is lost. */
    void abort();

    /** What it has done so far. */
    ConnectionStats stats();

    /** Whether neither side has begun to close it. */
    boolean isOpen();

    /** Why it ended or is ending; null while it is open. */
    @Nullable
    CloseReason closeReason();

    /**
     * Runs a task in order with the callbacks of this connection and on their thread. Anything it throws counts as
     * thrown by a callback. When the connection ends, the tasks given until then run before {@link
     * ConnectionHandler#onClose}; those given after that, by the last tasks too, are dropped.
     */
    void execute(Runnable task);

    /**
     * Asks whether the peer is still there and silent, as far as this machine knows: reads what has arrived, delivers
     * it, and then, in order with the callbacks, calls {@code silent} with true if the connection is open and every
     * byte received was delivered. Not called any more after {@link ConnectionHandler#onClose}. For those who keep
     * connections for later use, as pools do.
     */
    void probe(Consumer<Boolean> silent);

    /**
     * Announces an answer that comes after the callback has returned: a graceful close or a drain waits for the end of
     * the work, and accepts writes until then. If the output is closed already, the work that is returned has no
     * effect.
     *
     * <pre>{@code
     * Work work = connection.beginWork();
     * lookup(key).whenComplete((value, error) -> { try (work) { connection.write(encode(value, error)); } });
     * }</pre>
     *
     * @throws IllegalStateException if 32 767 works of this connection are open
     */
    Work beginWork();

    /**
     * Brings the result of work done elsewhere, as on a compute pool, back to this connection: calls the callback in
     * order with the others and on their thread, and is {@link #beginWork begun work} until it has returned.
     *
     * <pre>{@code
     * connection.deliver(pool.submit(Priority.HIGH, () -> price(order)).result(),
     *         (price, error) -> connection.write(encode(price, error)));
     * }</pre>
     *
     * @param callback told the value, or what the stage failed with; not called once the connection is closed. What it
     *     throws counts as thrown by a callback
     * @throws IllegalStateException if 32 767 works of this connection are open
     */
    default <T extends @Nullable Object> void deliver(
            CompletionStage<? extends T> stage, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> callback) {
        Objects.requireNonNull(callback, "callback");
        Objects.requireNonNull(stage, "stage");
        Work work = beginWork();
        CompletionStage<?> unused = stage.whenComplete((value, error) -> execute(() -> {
            try {
                callback.accept(
                        value,
                        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
            } finally {
                work.close();
            }
        }));
    }

    /** Attaches an object of the handler's own, in place of the one before; visible to every thread. */
    void attach(@Nullable Object attachment);

    /** What was attached last, or null. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // the caller names the type it has attached
    <T> @Nullable T attachment();
}
