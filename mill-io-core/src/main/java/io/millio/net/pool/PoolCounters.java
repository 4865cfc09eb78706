package io.millio.net.pool;

import java.time.Duration;

/** What a pool has done so far; guarded by the pool's monitor. */
final class PoolCounters {
    long timeouts;
    long created;
    long createNanos;
    long acquired;
    long waitNanos;
    long released;
    long useNanos;
    long stale;
    long leaks;

    PoolStats stats(int used, int idle, int connecting, int max, int pending) {
        return new PoolStats(
                used,
                idle,
                connecting,
                max,
                pending,
                timeouts,
                created,
                Duration.ofNanos(createNanos),
                acquired,
                Duration.ofNanos(waitNanos),
                released,
                Duration.ofNanos(useNanos),
                stale,
                leaks);
    }
}
