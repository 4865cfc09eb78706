package io.millio.net;

import io.millio.time.Timeout;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The time-outs of one connection, on one timer that is never re-armed by traffic: it fires at the earliest moment at which one of
 * them could be over, looks at what has happened since, and is set again. Owned by the connection's reactor; writes are noted by
 * whoever flushes.
 */
final class Deadlines implements Runnable {
    private static final long LINGER_NANOS = Duration.ofSeconds(2).toNanos();

    private final StreamConnection connection;
    private final ServerOptions options;
    private @Nullable Timeout timer;
    private long receivedNanos;
    private volatile long writtenNanos;
    private long closingNanos;
    private long stallSinceNanos;
    private boolean lingering;

    Deadlines(StreamConnection connection, ServerOptions options, long now) {
        this.connection = connection;
        this.options = options;
        this.receivedNanos = now;
        this.writtenNanos = now;
        this.stallSinceNanos = now;
    }

    void start() {
        check(connection.reactor().turnNanos());
    }

    void received() {
        receivedNanos = connection.reactor().turnNanos();
    }

    /** Whoever flushes. */
    void written() {
        writtenNanos = connection.reactor().inReactor()
                ? connection.reactor().turnNanos()
                : connection.reactor().nanos();
    }

    /** The FIN is out. */
    void linger() {
        lingering = true;
        closingNanos = connection.reactor().nanos();
        cancel();
        check(closingNanos);
    }

    void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    @Override
    public void run() {
        timer = null;
        check(connection.reactor().nanos());
    }

    private void check(long now) {
        if (lingering) {
            arm(LINGER_NANOS - (now - closingNanos), connection::stop);
            return;
        }
        long stallLeft = stallLeft(now);
        if (stallLeft <= 0) {
            connection.end(CloseReason.STALLED);
            return;
        }
        long idleLeft = idleLeft(now);
        if (idleLeft <= 0) {
            connection.close(CloseReason.IDLE);
            return;
        }
        arm(Math.min(stallLeft, idleLeft), this);
    }

    /** A peer that takes nothing is found out between one and one and a half time-outs later: nothing is noted when a write is made. */
    private long stallLeft(long now) {
        long limit = options.stallNanos();
        if (limit == 0) {
            return Long.MAX_VALUE;
        }
        if (!connection.owesOutput()) {
            stallSinceNanos = now;
            return Math.max(1, limit / 2);
        }
        stallSinceNanos = latest(stallSinceNanos, writtenNanos);
        return limit - (now - stallSinceNanos);
    }

    private long idleLeft(long now) {
        long limit = options.idleNanos();
        return limit == 0 ? Long.MAX_VALUE : limit - (now - latest(receivedNanos, writtenNanos));
    }

    private static long latest(long a, long b) {
        return a - b > 0 ? a : b;
    }

    private void arm(long delayNanos, Runnable task) {
        if (delayNanos != Long.MAX_VALUE) {
            timer = connection.shard().schedule(delayNanos, task);
        }
    }
}
