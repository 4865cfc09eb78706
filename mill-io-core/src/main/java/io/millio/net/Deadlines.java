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
    private @Nullable Timeout timer;
    private long receivedNanos;
    private volatile long writtenNanos;
    private long idleToldNanos;

    /** Since when nothing was taken of what is owed; once the FIN is out, when that was. */
    private long sinceNanos;

    private boolean anyReceived;
    private boolean lingering;
    private boolean aged;

    Deadlines(StreamConnection connection, long now) {
        this.connection = connection;
        this.receivedNanos = now;
        this.writtenNanos = now;
        this.sinceNanos = now;
        this.idleToldNanos = now;
    }

    void start() {
        check(connection.openedNanos);
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

    /** Any thread: when bytes last went in either direction. */
    long lastNanos() {
        return latest(receivedNanos, writtenNanos);
    }

    /** While its data waited for their turn the connection was not idle. */
    void throttleOver() {
        idleToldNanos = connection.reactor().nanos();
    }

    /** The FIN is out. */
    void linger() {
        lingering = true;
        sinceNanos = connection.reactor().nanos();
        cancel();
        check(sinceNanos);
    }

    void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    @Override
    public void run() {
        long now = connection.reactor().nanos();
        if (timer != null && now - timer.deadlineNanos() > options().stallNanos() / 2) {
            // So late, the process was suspended or starved: that proves nothing about the peer.
            sinceNanos = now;
        }
        timer = null;
        check(now);
    }

    private StreamOptions options() {
        return connection.shard().options();
    }

    private void check(long now) {
        if (lingering) {
            arm(options().socket().lingerNanos() - (now - sinceNanos), connection::stop);
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
        long limit = options().stallNanos();
        if (limit == 0) {
            return Long.MAX_VALUE;
        }
        if (!connection.owesOutput()) {
            sinceNanos = now;
            return Math.max(1, limit / 2);
        }
        sinceNanos = latest(sinceNanos, writtenNanos);
        long left = limit - (now - sinceNanos);
        if (left <= 0) {
            connection.end(CloseReason.STALLED);
        }
        return left;
    }

    private long firstByteLeft(long now) {
        long limit = options().firstByteNanos();
        if (limit == 0 || anyReceived || !connection.isOpen()) {
            return Long.MAX_VALUE;
        }
        if (connection.isThrottled()) {
            return limit;
        }
        long left = limit - (now - connection.openedNanos);
        if (left <= 0) {
            connection.close(CloseReason.FIRST_BYTE_TIMEOUT);
        }
        return left;
    }

    /** The handler decides what an idle time-out means, and is told once for each. */
    private long idleLeft(long now) {
        if (connection.isThrottled()) {
            idleToldNanos = now;
        }
        long left = Math.min(
                idleLeft(now, options().idleNanos(), lastNanos()),
                Math.min(
                        idleLeft(now, options().readIdleNanos(), receivedNanos),
                        idleLeft(now, options().writeIdleNanos(), writtenNanos)));
        if (left <= 0) {
            idleToldNanos = now;
            connection.idle();
            return idleLeft(now);
        }
        return left;
    }

    /** Work that never ends must not keep a closing connection for ever. */
    private long workLeft(long now) {
        long left = idleLeft(now, options().idleNanos(), lastNanos());
        if (left <= 0) {
            connection.end(CloseReason.IDLE);
        }
        return left;
    }

    private long idleLeft(long now, long limit, long since) {
        return limit == 0 ? Long.MAX_VALUE : limit - (now - latest(since, idleToldNanos));
    }

    private long ageLeft(long now) {
        long limit = options().maxAgeNanos();
        if (limit == 0 || aged) {
            return Long.MAX_VALUE;
        }
        long left = limit + jitter(connection.id(), options().maxAgeJitterNanos()) - (now - connection.openedNanos);
        if (left <= 0) {
            aged = true;
            connection.drain(CloseReason.MAX_AGE);
            return Long.MAX_VALUE;
        }
        return left;
    }

    /** Below the bound, and spread by the seed (the finaliser of SplitMix64), so that those that came together do not leave together. */
    static long jitter(long seed, long bound) {
        if (bound == 0) {
            return 0;
        }
        long mixed = seed * 0x9E3779B97F4A7C15L;
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
