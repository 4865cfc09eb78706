package io.millio.net.pool;

import java.time.Duration;
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
        @Nullable Function<PooledConnection, ? extends CompletionStage<?>> ping) {
    /** As good as for ever, and sums and differences with clocks stay in the range. */
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 2);

    /** From 0 to half of the range. */
    static long nanos(Duration value) {
        return value.isNegative() ? 0 : (value.compareTo(LONGEST) > 0 ? LONGEST : value).toNanos();
    }
}
