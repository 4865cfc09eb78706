package io.millio.net.pool;

import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Everything that the builder of a pool has decided; immutable and valid. Durations are in nanoseconds, 0 meaning off. */
record PoolOptions(
        int maximum,
        int minimumIdle,
        long timeoutNanos,
        long idleNanos,
        long lifetimeNanos,
        long keepaliveNanos,
        long leakNanos,
        @Nullable Function<PooledConnection, ? extends CompletionStage<?>> ping) {}
