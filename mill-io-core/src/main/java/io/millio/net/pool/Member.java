package io.millio.net.pool;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.time.Timeout;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool, and its handler, which passes each callback on to the lease of the moment. Callbacks belong to the thread
 * of the connection's callbacks; what the pool guards says so.
 */
final class Member implements ConnectionHandler {
    private final PoolRuntime pool;
    private @Nullable Connection connection;
    private volatile @Nullable PooledConnection lease;

    // Guarded by the pool.
    @Nullable
    Waiter waiter;

    boolean idle;
    boolean gone;

    /** Some borrower has given it back for others to use. */
    volatile boolean proved;

    long bornNanos;
    long usedNanos;
    long checkedNanos;

    Member(PoolRuntime pool) {
        this.pool = pool;
    }

    /** Any thread, once the pool has it. */
    Connection connection() {
        Connection made = connection;
        if (made == null) {
            throw new IllegalStateException("not connected yet");
        }
        return made;
    }

    /** Any thread: hands itself to its waiter if the peer is still there and silent. */
    void probe() {
        connection().probe(this::probed);
    }

    private void probed(boolean silent) {
        Waiter taker = pool.takeWaiter(this);
        if (taker != null && silent) {
            lend(taker);
        } else {
            connection().close();
            pool.again(taker);
        }
    }

    private void lend(Waiter taker) {
        PooledConnection made = new PooledConnection(pool, this, taker);
        lease = made;
        pool.lent(made);
        if (!taker.complete(made)) {
            made.release();
        }
    }

    /** Any thread: the lease hears nothing more. */
    void ended(PooledConnection over) {
        if (lease == over) {
            lease = null;
        }
    }

    // ---- age, under the pool's lock ---------------------------------------------------------------------------------

    boolean isOld(long now) {
        return pool.options().lifetimeNanos() > 0 && now - bornNanos >= lifetime();
    }

    /** Up to a fortieth shorter than the greatest, so that those that were made together are not made anew together. */
    private long lifetime() {
        long most = pool.options().lifetimeNanos();
        long parts = (connection().id() * 0x9E3779B97F4A7C15L) >>> 56;
        return most - most / 40 / 256 * parts;
    }

    /** When something is to be done about it while it is idle. */
    long nanosToNextLook(long now, boolean mayRetire) {
        PoolOptions options = pool.options();
        long left = Long.MAX_VALUE / 2;
        if (options.idleNanos() > 0 && mayRetire) {
            left = Math.min(left, options.idleNanos() - (now - usedNanos));
        }
        if (options.lifetimeNanos() > 0) {
            left = Math.min(left, lifetime() - (now - bornNanos));
        }
        if (options.keepaliveNanos() > 0) {
            left = Math.min(left, options.keepaliveNanos() - (now - checkedNanos));
        }
        return left;
    }

    // ---- looking after it -------------------------------------------------------------------------------------------

    /** Any thread: the pool has become its waiter. The ping has as long as a caller would wait. */
    void check() {
        Waiter own = waiter;
        if (own != null) {
            CompletableFuture<Void> unused = own.thenAccept(lent -> {
                Timeout deadline = pool.schedule(pool.options().timeoutNanos(), lent::discard);
                ping(lent).whenComplete((done, failure) -> {
                    if (deadline != null) {
                        deadline.cancel();
                    }
                    if (failure == null) {
                        lent.release();
                    } else {
                        lent.discard();
                    }
                });
            });
            probe();
        }
    }

    private CompletionStage<?> ping(PooledConnection lent) {
        Function<PooledConnection, ? extends CompletionStage<?>> ping =
                pool.options().ping();
        try {
            return ping == null ? CompletableFuture.completedFuture(lent) : ping.apply(lent);
        } catch (Throwable t) {
            return CompletableFuture.failedFuture(t);
        }
    }

    // ---- callbacks --------------------------------------------------------------------------------------------------

    @Override
    public void onOpen(Connection opened) {
        connection = opened;
        opened.attach(this);
    }

    /** What comes before a lease has written anything belongs to the one before it. */
    @Override
    public void onData(Connection from, ByteBuffer data) throws Exception {
        PooledConnection now = lease;
        if (now != null && now.hasWritten()) {
            now.handler().onData(now, data);
        } else {
            pool.stale();
            from.close();
        }
    }

    private void pass(Callback callback) throws Exception {
        PooledConnection now = lease;
        if (now != null) {
            callback.call(now.handler(), now);
        }
    }

    @Override
    public void onWritable(Connection from) throws Exception {
        pass(ConnectionHandler::onWritable);
    }

    @Override
    public void onInputClosed(Connection from) throws Exception {
        pass(ConnectionHandler::onInputClosed);
        if (lease == null) {
            from.close();
        }
    }

    /** Between leases it is the pool that says what idle means. */
    @Override
    public void onIdle(Connection from) throws Exception {
        pass(ConnectionHandler::onIdle);
    }

    @Override
    public void onShutdown(Connection from) throws Exception {
        pass(ConnectionHandler::onShutdown);
    }

    @Override
    public void onError(Connection from, Throwable error) throws Exception {
        pass((handler, now) -> handler.onError(now, error));
    }

    @Override
    public void onClose(Connection from, CloseReason reason) throws Exception {
        pool.gone(this);
        pass((handler, now) -> handler.onClose(now, reason));
    }

    @FunctionalInterface
    private interface Callback {
        void call(ConnectionHandler handler, PooledConnection lease) throws Exception;
    }
}
