package io.millio.net.pool;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How long a pool leaves a server alone that failed it; guarded by the pool's monitor. */
final class BackOff {
    private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LAST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private long notBefore;
    private long next = FIRST_NANOS;

    /** Why the latest attempt failed, or null if a connection has been of use since. */
    @Nullable
    Throwable cause;

    BackOff(long now) {
        notBefore = now;
    }

    long delay(long now) {
        return Math.max(0, notBefore - now);
    }

    /** No attempts for a while, which doubles until a connection has proved to be of use. */
    void failed(long now) {
        if (notBefore - now <= 0) {
            notBefore = now + next;
            next = Math.min(LAST_NANOS, next * 2);
        }
    }

    void succeeded(long now) {
        next = FIRST_NANOS;
        notBefore = now;
        cause = null;
    }
}
