package io.millio.time;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What every submitter of a {@link TimerInbox} changes, for any thread: the count and then the head, each alone on its
 * cache line, so that one thread may be at the count while another is at the head, and neither disturbs those who read
 * what happens to lie beside. Padded by hand, as the JDK's annotation for it is closed to libraries.
 *
 * <p>The JVM lays out the longs of a class first, in their order, and the references last; the int fills the space that
 * the object header leaves, into which the head would go otherwise.
 */
@SuppressWarnings("unused")
abstract class TimerInboxEnds {
    private static final VarHandle HEAD;
    private static final VarHandle SUBMITTED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(TimerInboxEnds.class, "head", TimerNode.class);
            SUBMITTED = lookup.findVarHandle(TimerInboxEnds.class, "submitted", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int gap;
    private long p1, p2, p3, p4, p5, p6, p7;

    /** Timers that were ever let in. */
    private volatile long submitted;

    private long q1, q2, q3, q4, q5, q6, q7;

    /** The entry pushed last. */
    private volatile @Nullable TimerNode head;

    final long submitted() {
        return submitted;
    }

    /** Returns what it was before. */
    final long addSubmitted(long count) {
        return (long) SUBMITTED.getAndAdd(this, count);
    }

    /** The entry pushed last, without taking it. */
    final @Nullable TimerNode peek() {
        return head;
    }

    /** Adds a timer that was counted in. */
    final void push(TimerNode node) {
        TimerNode below;
        do {
            below = head;
            node.pushedBefore = below;
        } while (!HEAD.compareAndSet(this, below, node));
    }

    /** Empties the inbox: the entry pushed last, and over {@code pushedBefore} all others. */
    final @Nullable TimerNode takeAll() {
        return head == null ? null : (TimerNode) HEAD.getAndSet(this, null);
    }
}
