package io.millio.net.pool;

import io.millio.time.Timeout;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A caller who wants a connection, from its call to its outcome; for any thread. */
final class Waiter extends CompletableFuture<PooledConnection> {
    final long startNanos;

    /** Whether this is the pool itself, which looks after a connection. */
    final boolean pool;

    @Nullable
    Timeout deadline;

    /** The stack of the caller, if leaks are to be found. */
    @Nullable
    Throwable calledAt;

    Waiter(long startNanos, boolean pool) {
        this.startNanos = startNanos;
        this.pool = pool;
    }
}
