package io.millio.time;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The figures of one wheel. Written by its owner thread only, so an increment is a plain read and an opaque write; any
 * thread may read, and sees each figure on its own, without order among them.
 */
final class TimerCounters {
    private static final VarHandle RELEASED = handle("released");
    private static final VarHandle FIRED = handle("fired");
    private static final VarHandle CANCELLED = handle("cancelled");
    private static final VarHandle LATENESS_SUM = handle("latenessSum");
    private static final VarHandle LATENESS_MAX = handle("latenessMax");

    /** Timers that ended, less those the owner scheduled: what is to be taken from the submitted ones. */
    private long released;

    private long fired;
    private long cancelled;
    private long latenessSum;
    private long latenessMax;

    private static VarHandle handle(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(TimerCounters.class, field, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    void scheduledByOwner() {
        RELEASED.setOpaque(this, released - 1);
    }

    void ended() {
        RELEASED.setOpaque(this, released + 1);
    }

    void cancelled(int count) {
        CANCELLED.setOpaque(this, cancelled + count);
        RELEASED.setOpaque(this, released + count);
    }

    void fired(long latenessNanos) {
        FIRED.setOpaque(this, fired + 1);
        LATENESS_SUM.setOpaque(this, latenessSum + latenessNanos);
        if (latenessNanos > latenessMax) {
            LATENESS_MAX.setOpaque(this, latenessNanos);
        }
    }

    long releasedOpaque() {
        return (long) RELEASED.getOpaque(this);
    }

    long firedOpaque() {
        return (long) FIRED.getOpaque(this);
    }

    long cancelledOpaque() {
        return (long) CANCELLED.getOpaque(this);
    }

    long latenessSumOpaque() {
        return (long) LATENESS_SUM.getOpaque(this);
    }

    long latenessMaxOpaque() {
        return (long) LATENESS_MAX.getOpaque(this);
    }
}
