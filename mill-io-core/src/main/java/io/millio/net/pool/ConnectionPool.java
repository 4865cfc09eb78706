package io.millio.net.pool;

import io.millio.net.TcpClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Connections of one {@link TcpClient} that are lent out, one borrower at a time, in the vocabulary of HikariCP. Every
 * method may be called by any thread, and only those that say so block.
 *
 * <p>What it promises: there are never more connections than the maximum, those being opened and closed included (a
 * host with several addresses may for a moment have two attempts for one of them). Callers are served in the order in
 * which they came, and at most 1024 wait. A connection that broke while it was idle, or on which something has arrived
 * that nobody asked for, is not lent: the socket is read before each lease. What is <em>not</em> promised: that a
 * connection lives on; it may break an instant after it was lent. See {@link PooledConnection} for what a borrower
 * hears then, and for what it owes.
 */
public final class ConnectionPool implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final PoolRuntime runtime;
    private final long timeoutNanos;

    private ConnectionPool(PoolRuntime runtime, PoolOptions options) {
        this.runtime = runtime;
        this.timeoutNanos = options.timeoutNanos();
    }

    /**
     * A builder for a pool of this client's connections. The pool builds the client and owns it. A handler or reconnect
     * that was set on the client is not used: each borrower sets a handler of its own, and the pool replaces
     * connections that are lost.
     */
    public static Builder builder(TcpClient.Builder client) {
        return new Builder(client);
    }

    /** The client's name, as in messages and meters. */
    public String name() {
        return runtime.client().name();
    }

    /**
     * Asks for a connection, with {@link Builder#connectionTimeout}. The future completes on the thread of the
     * connection's callbacks; or with a {@link TimeoutException}, whose cause is the latest failure to connect, with a
     * {@link java.util.concurrent.RejectedExecutionException} if 1024 callers wait already, or with an {@link
     * IllegalStateException} if the pool is closed or the loop has stopped. Cancelling it gives up the place in the
     * queue.
     */
    public CompletableFuture<PooledConnection> acquire() {
        return runtime.acquire(timeoutNanos);
    }

    /**
     * Waits for a connection; not on a reactor, where it would keep the connection from coming. Nor should all workers
     * of the loop wait here if callbacks of the pool's connections are dispatched to them: give the pool's client
     * DIRECT dispatch then.
     *
     * @param timeout how long to wait at most
     * @throws TimeoutException if there was none in time; the cause is the latest failure to connect
     * @throws IllegalStateException if the caller is a reactor, the pool is closed or the loop has stopped
     * @throws java.util.concurrent.RejectedExecutionException if 1024 callers wait already
     */
    public PooledConnection acquire(Duration timeout) throws InterruptedException, TimeoutException {
        if (runtime.client().inReactor()) {
            throw new IllegalStateException("acquire(" + timeout + ") would block a reactor of the loop of client '"
                    + name() + "'; call acquire() there, or come from a worker");
        }
        long nanos = PoolOptions.nanos(timeout);
        Waiter waiter = runtime.acquire(nanos);
        try {
            return waiter.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            runtime.timedOut(waiter, nanos);
            return settled(waiter);
        } catch (ExecutionException e) {
            return settled(waiter);
        } catch (InterruptedException e) {
            if (!waiter.cancel(false) && !waiter.isCompletedExceptionally()) {
                waiter.join().release();
            }
            throw e;
        }
    }

    private static PooledConnection settled(Waiter waiter) throws InterruptedException, TimeoutException {
        try {
            return waiter.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof TimeoutException timeout) {
                throw timeout;
            }
            throw cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
        }
    }

    /** What the pool has done so far. */
    public PoolStats stats() {
        return runtime.stats();
    }

    /**
     * Lends nothing more, refuses those who wait, closes what is idle, and waits for what is lent to be given back;
     * what is still lent at the time-out is cut. Then the client is closed.
     *
     * @param timeout zero or longer
     * @return completes when the last connection is closed; must not be waited for in a callback
     */
    public CompletionStage<Void> shutdown(Duration timeout) {
        return runtime.shutdown(timeout);
    }

    /**
     * As {@link #shutdown} with a time-out of 2 s; waits for the end, for at most 4 s, except on a reactor. Idempotent.
     */
    @Override
    public void close() {
        CompletableFuture<Void> end = shutdown(CLOSE_TIMEOUT).toCompletableFuture();
        if (!runtime.client().inReactor()) {
            try {
                end.get(2 * CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException goesOn) {
                // The caller may be the worker whose callback the end waits for.
            }
        }
    }

    @Override
    public String toString() {
        return "ConnectionPool '" + name() + "' " + stats();
    }

    /** Collects and checks the settings of a pool; not for use by several threads. */
    public static final class Builder {
        private final TcpClient.Builder client;
        private int maximumPoolSize = 10;
        private int minimumIdle;
        private Duration connectionTimeout = Duration.ofSeconds(5);
        private Duration idleTimeout = Duration.ofMinutes(10);
        private Duration maxLifetime = Duration.ofMinutes(30);
        private Duration keepaliveTime = Duration.ZERO;
        private Duration leakDetectionThreshold = Duration.ZERO;
        private @Nullable Function<PooledConnection, ? extends CompletionStage<?>> ping;

        private Builder(TcpClient.Builder client) {
            this.client = client;
        }

        /** The greatest number of connections, 1 to 65 536; 10 by default. */
        public Builder maximumPoolSize(int value) {
            if (value < 1 || value > 65_536) {
                throw new IllegalArgumentException("maximum pool size must be between 1 and 65536, but is " + value);
            }
            maximumPoolSize = value;
            return this;
        }

        /** How many to keep ready once the pool is in use, 0 to the maximum; 0 by default. */
        public Builder minimumIdle(int value) {
            if (value < 0) {
                throw new IllegalArgumentException("minimum idle must not be negative, but is " + value);
            }
            minimumIdle = value;
            return this;
        }

        /** How long a caller of {@link ConnectionPool#acquire()} waits; above 0, 5 s by default. */
        public Builder connectionTimeout(Duration value) {
            if (value.isZero() || value.isNegative()) {
                throw new IllegalArgumentException("connection timeout must be above 0, but is " + value);
            }
            connectionTimeout = value;
            return this;
        }

        /**
         * After how long without use a connection is closed, unless it is one of the minimum; 10 min by default, 0
         * never.
         */
        public Builder idleTimeout(Duration value) {
            idleTimeout = notNegative("idle timeout", value);
            return this;
        }

        /**
         * The age, less up to a fortieth, at which a connection is closed when it is not lent; 30 min by default, 0
         * never.
         */
        public Builder maxLifetime(Duration value) {
            maxLifetime = notNegative("max lifetime", value);
            return this;
        }

        /**
         * How often an idle connection is looked at, and asked by {@link #ping} if there is one; 0, the default, is
         * never.
         */
        public Builder keepaliveTime(Duration value) {
            keepaliveTime = notNegative("keepalive time", value);
            return this;
        }

        /**
         * Talks on a connection that has been idle for {@link #keepaliveTime}, as a borrower would but without giving
         * it back: the connection lives on if the stage completes within {@link #connectionTimeout}, and is closed
         * otherwise. Must not block.
         */
        public Builder ping(Function<PooledConnection, ? extends CompletionStage<?>> value) {
            ping = value;
            return this;
        }

        /**
         * After how long a lease is logged as a leak, with the stack of whoever acquired it; 0, the default, is never.
         */
        public Builder leakDetectionThreshold(Duration value) {
            leakDetectionThreshold = notNegative("leak detection threshold", value);
            return this;
        }

        private static Duration notNegative(String name, Duration value) {
            if (value.isNegative()) {
                throw new IllegalArgumentException(
                        name + " must not be negative, but is " + value + "; 0 switches it off");
            }
            return value;
        }

        /**
         * The pool, which opens nothing before the first call for a connection.
         *
         * @throws IllegalArgumentException if the minimum is above the maximum
         */
        public ConnectionPool build() {
            if (minimumIdle > maximumPoolSize) {
                throw new IllegalArgumentException("minimum idle is " + minimumIdle
                        + ", which is above the maximum pool size of " + maximumPoolSize);
            }
            PoolOptions options = new PoolOptions(
                    maximumPoolSize,
                    minimumIdle,
                    PoolOptions.nanos(connectionTimeout),
                    PoolOptions.nanos(idleTimeout),
                    PoolOptions.nanos(maxLifetime),
                    PoolOptions.nanos(keepaliveTime),
                    PoolOptions.nanos(leakDetectionThreshold),
                    ping);
            return new ConnectionPool(new PoolRuntime(client, options), options);
        }
    }
}
