package io.millio.net.pool;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.ConnectionStats;
import io.millio.net.Work;
import io.millio.net.WriteResult;
import io.millio.time.Timeout;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection while it is lent to one borrower: a {@link Connection} in every respect, until it is given back; after
 * that nothing can be done with it. Every method may be called by any thread, and none blocks.
 *
 * <p>The borrower sets a {@link #handler} of its own before it writes, and that handler hears what comes in during this
 * lease and no other: callbacks get this object, not the connection below, so that nobody can keep hold of the latter.
 * A stream does not say to which question an answer belongs, so the pool draws the line where it can: what arrives when
 * nobody borrows the connection, or before the borrower has written, belongs to nobody, and the connection is closed.
 * Hence what a borrower owes: {@link #release} when every answer it asked for has come, and {@link #discard} if it
 * gives up before. Protocols in which the server speaks first do not fit.
 *
 * <pre>{@code
 * pool.acquire().thenAccept(lease -> {
 *     lease.handler((connection, reply) -> { answer(reply); lease.release(); });
 *     lease.write(question);
 * });
 * }</pre>
 */
public final class PooledConnection implements Connection {
    private static final ConnectionHandler NOBODY = (connection, data) -> {};

    private final PoolRuntime pool;
    private final Member member;
    private final Connection below;
    private final AtomicBoolean over = new AtomicBoolean();
    final Waiter waiter;
    final long startNanos;

    /** Reports a leak; set by the pool before the lease begins. */
    @Nullable
    Timeout leakTimer;

    private volatile ConnectionHandler handler = NOBODY;
    private volatile boolean written;
    private volatile boolean spoilt;
    private volatile @Nullable Object attachment;

    PooledConnection(PoolRuntime pool, Member member, Waiter waiter) {
        this.pool = pool;
        this.member = member;
        this.below = member.connection();
        this.waiter = waiter;
        this.startNanos = pool.nanos();
    }

    // ---- the lease --------------------------------------------------------------------------------------------------

    /**
     * Sets who hears what comes in during this lease: before the first write, and again in a callback if need be. If
     * the connection has ended already, the handler hears nothing, and a write is rejected.
     */
    public PooledConnection handler(ConnectionHandler value) {
        handler = value;
        return this;
    }

    ConnectionHandler handler() {
        return handler;
    }

    boolean hasWritten() {
        return written;
    }

    /** Gives the connection back, to be lent again, or closed if it cannot be used any more. Idempotent. */
    public void release() {
        if (end()) {
            below.resumeReading();
            pool.released(this, member, spoilt);
        }
    }

    /** Gives the connection back, to be closed: an answer is outstanding, or may be. Idempotent. */
    public void discard() {
        if (end()) {
            pool.released(this, member, true);
        }
    }

    private boolean end() {
        boolean first = over.compareAndSet(false, true);
        if (first) {
            member.ended(this);
        }
        return first;
    }

    // ---- the connection ---------------------------------------------------------------------------------------------

    /**
     * As {@link Connection#write}; throws IllegalStateException if no handler has been set that could hear the answer.
     */
    @Override
    public WriteResult write(ByteBuffer data) {
        return mayWrite() ? below.write(data) : WriteResult.REJECTED;
    }

    /**
     * As {@link Connection#writeFrame}; throws IllegalStateException if no handler has been set that could hear the
     * answer.
     */
    @Override
    public WriteResult writeFrame(ByteBuffer payload) {
        return mayWrite() ? below.writeFrame(payload) : WriteResult.REJECTED;
    }

    /**
     * As {@link Connection#transferFrom}; throws IllegalStateException if no handler has been set that could hear the
     * answer.
     */
    @Override
    public CompletionStage<Void> transferFrom(FileChannel file, long position, long count) {
        return mayWrite()
                ? below.transferFrom(file, position, count)
                : CompletableFuture.failedStage(new IOException("the lease of " + below + " is over"));
    }

    private boolean mayWrite() {
        if (handler == NOBODY) {
            throw new IllegalStateException(
                    "the lease of " + below + " has no handler for the answer; call handler(...) before writing");
        }
        written = true;
        return !over.get();
    }

    /** Closes it gracefully; the handler hears of the end, and the lease goes on until then. */
    @Override
    public void close() {
        use(Connection::close);
    }

    @Override
    public void abort() {
        use(Connection::abort);
    }

    @Override
    public void shutdownOutput() {
        spoilt = true;
        use(Connection::shutdownOutput);
    }

    /** Of the connection, over all its leases. */
    @Override
    public ConnectionStats stats() {
        return below.stats();
    }

    @Override
    public void pauseReading() {
        use(Connection::pauseReading);
    }

    @Override
    public void resumeReading() {
        use(Connection::resumeReading);
    }

    @Override
    public void execute(Runnable task) {
        use(connection -> connection.execute(() -> use(still -> task.run())));
    }

    @Override
    public void probe(Consumer<Boolean> silent) {
        use(connection -> connection.probe(silent));
    }

    private void use(Consumer<Connection> use) {
        if (!over.get()) {
            use.accept(below);
        }
    }

    @Override
    public Work beginWork() {
        return over.get() ? () -> {} : below.beginWork();
    }

    @Override
    public boolean isOpen() {
        return !over.get() && below.isOpen();
    }

    @Override
    public boolean isWritable() {
        return !over.get() && below.isWritable();
    }

    @Override
    public long pendingBytes() {
        return below.pendingBytes();
    }

    @Override
    public @Nullable CloseReason closeReason() {
        return below.closeReason();
    }

    @Override
    public long id() {
        return below.id();
    }

    @Override
    public SocketAddress remoteAddress() {
        return below.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return below.localAddress();
    }

    @Override
    public int reactorIndex() {
        return below.reactorIndex();
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

    @Override
    public String toString() {
        return "lease of " + below;
    }
}
