package io.millio.net;

import io.millio.time.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * The time-outs of one connection, on one timer that traffic never re-arms: it fires at the earliest moment at which one of them
 * could be over, looks at what has happened since, and is set again. They run while reading is paused, for a paused connection does
 * not notice the end of its peer otherwise. Owned by the connection's reactor; writes are noted by whoever flushes.
 */
final class Deadlines implements Runnable {
    private final StreamConnection connection;
    private final ServerOptions options;
    private final long openedNanos;
    private @Nullable Timeout timer;
    private long receivedNanos;
    private volatile long writtenNanos;
    private long stallSinceNanos;
    private long idleToldNanos;
    private long lingerSinceNanos;
    private boolean anyReceived;
    private boolean lingering;
    private boolean aged;

    Deadlines(StreamConnection connection, ServerOptions options, long now) {
        this.connection = connection;
        this.options = options;
        this.openedNanos = now;
        this.receivedNanos = now;
        this.writtenNanos = now;
        this.stallSinceNanos = now;
        this.idleToldNanos = now;
    }

    void start() {
        check(openedNanos);
    }

    void received() {
        receivedNanos = connection.reactor().turnNanos();
        anyReceived = true;
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
        lingerSinceNanos = connection.reactor().nanos();
        cancel();
        check(lingerSinceNanos);
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
            arm(options.socket().lingerNanos() - (now - lingerSinceNanos), connection::stop);
            return;
        }
        long left = Math.min(stallLeft(now), firstByteLeft(now));
        left = Math.min(left, connection.isOpen() ? Math.min(idleLeft(now), ageLeft(now)) : workLeft(now));
        if (connection.isClosed()) {
            return;
        }
        arm(left, this);
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
        long left = limit - (now - stallSinceNanos);
        if (left <= 0) {
            connection.end(CloseReason.STALLED);
        }
        return left;
    }

    private long firstByteLeft(long now) {
        long limit = options.firstByteNanos();
        if (limit == 0 || anyReceived || !connection.isOpen()) {
            return Long.MAX_VALUE;
        }
        long left = limit - (now - openedNanos);
        if (left <= 0) {
            connection.close(CloseReason.FIRST_BYTE_TIMEOUT);
        }
        return left;
    }

    /** The handler decides what an idle time-out means, and is told once for each. */
    private long idleLeft(long now) {
        long left = Math.min(
                idleLeft(now, options.idleNanos(), latest(receivedNanos, writtenNanos)),
                Math.min(
                        idleLeft(now, options.readIdleNanos(), receivedNanos),
                        idleLeft(now, options.writeIdleNanos(), writtenNanos)));
        if (left <= 0) {
            idleToldNanos = now;
            connection.idle();
            return idleLeft(now);
        }
        return left;
    }

    /** Work that never ends must not keep a closing connection for ever. */
    private long workLeft(long now) {
        long left = idleLeft(now, options.idleNanos(), latest(receivedNanos, writtenNanos));
        if (left <= 0) {
            connection.end(CloseReason.IDLE);
        }
        return left;
    }

    private long idleLeft(long now, long limit, long since) {
        return limit == 0 ? Long.MAX_VALUE : limit - (now - latest(since, idleToldNanos));
    }

    private long ageLeft(long now) {
        long limit = options.maxAgeNanos();
        if (limit == 0 || aged) {
            return Long.MAX_VALUE;
        }
        long left = limit + jitter(options.maxAgeJitterNanos()) - (now - openedNanos);
        if (left <= 0) {
            aged = true;
            connection.drain(CloseReason.MAX_AGE);
            return Long.MAX_VALUE;
        }
        return left;
    }

    /** Spread by the number of the connection (the finaliser of SplitMix64), so that those that came together do not leave together. */
    private long jitter(long bound) {
        if (bound == 0) {
            return 0;
        }
        long mixed = connection.id() * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return Long.remainderUnsigned(mixed ^ (mixed >>> 31), bound);
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
