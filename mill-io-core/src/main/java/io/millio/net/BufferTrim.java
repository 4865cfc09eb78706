package io.millio.net;

import io.millio.loop.EventLoop;
import io.millio.pool.BufferPool;
import io.millio.time.Timeout;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Has a loop's buffer pool give up, at a steady interval, what nobody used lately; one for each loop, for any thread. */
final class BufferTrim {
    static final Duration INTERVAL = Duration.ofSeconds(30);

    private final EventLoop loop;
    private final BufferPool pool;
    private volatile @Nullable Timeout timer;

    BufferTrim(EventLoop loop, BufferPool pool) {
        this.loop = loop;
        this.pool = pool;
    }

    /** Somebody begins to use the pool. A loop that serves nobody has no timer that would wake it, and a stopped one loses its timers. */
    void begin() {
        Timeout current = timer;
        if (current == null || current.isDone()) {
            arm(current);
        }
    }

    private synchronized void arm(@Nullable Timeout seen) {
        if (timer == seen) {
            try {
                timer = loop.schedule(INTERVAL, this::trim);
            } catch (RejectedExecutionException noTimerLeft) {
                // The next one who begins tries again.
            }
        }
    }

    private void trim() {
        pool.trim();
        arm(timer);
    }
}
