package io.millio.time;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What other threads tell the owner of a wheel: timers to insert and cancelled ones to unlink. Any thread pushes and
 * counts, only the owner takes.
 *
 * <p>It is Treiber's stack over links inside the nodes. Nothing is ever popped singly, the owner takes all, so a node
 * that is pushed twice in its life (submitted, later cancelled) cannot confuse a push that is under way: that one
 * compares the head only with what it linked to, and whichever chain hangs below an equal head is the current one.
 */
final class TimerInbox extends TimerInboxEnds {
    private static final VarHandle RECALLED;
    private static final VarHandle TAKEN;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            RECALLED = lookup.findVarHandle(TimerInbox.class, "recalled", long.class);
            TAKEN = lookup.findVarHandle(TimerInbox.class, "taken", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // space behind the head
    private long p1, p2, p3, p4, p5, p6, p7;

    /** Timers that were ever pushed here because another thread than the owner cancelled them. */
    private volatile long recalled;

    /** Entries that the owner, its only writer, has ever taken. */
    private long taken;

    /** Timers that wait, here and in the wheel: the submitted ones less those the owner has released. */
    long pending(TimerCounters counters) {
        return submitted() - counters.releasedOpaque();
    }

    /** Refuses if {@code limit} timers wait. */
    void requireRoom(TimerCounters counters, int limit) {
        if (pending(counters) >= limit) {
            throw full(limit);
        }
    }

    /**
     * Counts one submission in, or refuses it if {@code limit} timers wait. It counts first and backs out, so that
     * submitters never get past the limit together; the owner's own additions are not part of this, and may exceed it
     * by those of the same instant.
     */
    void countIn(TimerCounters counters, int limit) {
        if (addSubmitted(1) - counters.releasedOpaque() >= limit) {
            addSubmitted(-1);
            throw full(limit);
        }
    }

    private static RejectedExecutionException full(int limit) {
        return new RejectedExecutionException("the limit of " + limit
                + " waiting timers is reached; cancel timers that are no longer needed or raise maxTimers");
    }

    /** Adds a timer that the owner is to unlink. */
    void pushCancelled(TimerNode node) {
        RECALLED.getAndAdd(this, 1L);
        push(node);
    }

    /**
     * How many entries wait for the owner. Zero and non-zero are exact; the number itself includes entries that are
     * about to be pushed. It is counted here and not in the nodes, so that a push reads no other thread's node.
     */
    int size() {
        if (peek() == null) {
            return 0;
        }
        long waiting = submitted() + recalled - (long) TAKEN.getOpaque(this);
        return (int) Math.max(1, Math.min(waiting, Integer.MAX_VALUE));
    }

    /**
     * Empties the inbox; the chain over {@code pushedBefore} begins with the entry that was pushed first. What was
     * cancelled before the owner ever saw it, the fate of most time-outs, is counted and left out.
     */
    @Nullable
    TimerNode takeAllOldestFirst(TimerCounters counters) {
        TimerNode rest = takeAll();
        TimerNode oldest = null;
        long count = taken;
        int cancelled = 0;
        while (rest != null) {
            TimerNode below = rest.pushedBefore;
            if (rest.bucket == TimerNode.INBOX && rest.isCancelled()) {
                rest.pushedBefore = null;
                cancelled++;
            } else {
                rest.pushedBefore = oldest;
                oldest = rest;
            }
            rest = below;
            count++;
        }
        TAKEN.setOpaque(this, count);
        if (cancelled > 0) {
            counters.cancelled(cancelled);
        }
        return oldest;
    }
}
