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
final class TimerInbox {
    private static final VarHandle HEAD;
    private static final VarHandle SUBMITTED;
    private static final VarHandle RECALLED;
    private static final VarHandle TAKEN;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(TimerInbox.class, "head", TimerNode.class);
            SUBMITTED = lookup.findVarHandle(TimerInbox.class, "submitted", long.class);
            RECALLED = lookup.findVarHandle(TimerInbox.class, "recalled", long.class);
            TAKEN = lookup.findVarHandle(TimerInbox.class, "taken", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile @Nullable TimerNode head;

    /** Timers that were ever let in here; beside the head on purpose, as a submission changes both. */
    private volatile long submitted;

    /** Timers that were ever pushed here because another thread than the owner cancelled them. */
    private volatile long recalled;

    /** Entries that the owner, its only writer, has ever taken. */
    private long taken;

    /** Timers that wait, here and in the wheel: the submitted ones less those the owner has released. */
    long pending(TimerCounters counters) {
        return submitted - counters.releasedOpaque();
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
        if ((long) SUBMITTED.getAndAdd(this, 1L) - counters.releasedOpaque() >= limit) {
            SUBMITTED.getAndAdd(this, -1L);
            throw full(limit);
        }
    }

    private static RejectedExecutionException full(int limit) {
        return new RejectedExecutionException("the limit of " + limit
                + " waiting timers is reached; cancel timers that are no longer needed or raise maxTimers");
    }

    /** Adds a timer that {@link #countIn} has let in. */
    void pushSubmitted(TimerNode node) {
        push(node);
    }

    /** Adds a timer that the owner is to unlink. */
    void pushCancelled(TimerNode node) {
        RECALLED.getAndAdd(this, 1L);
        push(node);
    }

    private void push(TimerNode node) {
        TimerNode below;
        do {
            below = head;
            node.pushedBefore = below;
        } while (!HEAD.compareAndSet(this, below, node));
    }

    /**
     * How many entries wait for the owner. Zero and non-zero are exact; the number itself includes entries that are
     * about to be pushed. It is counted here, beside the head, and not in the nodes, so that a push reads no other
     * thread's node.
     */
    int size() {
        if (head == null) {
            return 0;
        }
        long waiting = submitted + recalled - (long) TAKEN.getOpaque(this);
        return (int) Math.max(1, Math.min(waiting, Integer.MAX_VALUE));
    }

    /** The entry pushed last, without taking it. */
    @Nullable
    TimerNode peek() {
        return head;
    }

    /** Empties the inbox; the chain over {@code pushedBefore} begins with the entry that was pushed first. */
    @Nullable
    TimerNode takeAllOldestFirst() {
        if (head == null) {
            return null;
        }
        TimerNode rest = (TimerNode) HEAD.getAndSet(this, null);
        TimerNode oldest = null;
        long count = taken;
        while (rest != null) {
            TimerNode below = rest.pushedBefore;
            rest.pushedBefore = oldest;
            oldest = rest;
            rest = below;
            count++;
        }
        TAKEN.setOpaque(this, count);
        return oldest;
    }
}
