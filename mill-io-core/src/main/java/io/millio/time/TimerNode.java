package io.millio.time;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One timer: the handle that its creator keeps and the link of the bucket it waits in, in one object of at most 64
 * bytes. The links, the bucket and the deadline belong to the owner thread of the wheel; any thread may cancel.
 *
 * <pre>
 *                   submit                schedule
 *                     |                      |
 *                   INBOX ---- drain ----> bucket --- due ---> DETACHED --- repeats ---> bucket
 *                     |                      |                    |
 *                     +---- cancelled -------+--------------------+------ ended ------>  DETACHED
 * </pre>
 *
 * The field {@code task} is at the same time the state: the user's task while there is a run to come, an
 * {@link Outcome} afterwards. One compare-and-set therefore decides between firing and every cancel, and drops the
 * task.
 */
final class TimerNode implements Timeout {
    /** In no list: being run, or ended. */
    static final int DETACHED = -1;

    /** Submitted by another thread and not yet seen by the owner. */
    static final int INBOX = -2;

    private enum Outcome implements Runnable {
        FIRED,
        CANCELLED;

        @Override
        public void run() {
            throw new AssertionError("an ended timer was run");
        }
    }

    private static final VarHandle TASK;
    private static final VarHandle BUCKET;
    private static final VarHandle DEADLINE;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TASK = lookup.findVarHandle(TimerNode.class, "task", Runnable.class);
            BUCKET = lookup.findVarHandle(TimerNode.class, "bucket", int.class);
            DEADLINE = lookup.findVarHandle(TimerNode.class, "deadline", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Neighbours in a circular list; a node in no list is its own neighbour, so that it keeps no other one alive. */
    TimerNode next = this;

    TimerNode prev = this;

    /** The entry pushed to the inbox before this one. */
    @Nullable
    TimerNode pushedBefore;

    /** Index of the list that holds this node, or {@link #DETACHED} or {@link #INBOX}. */
    int bucket;

    /** Nanoseconds since the start of the wheel, never negative. Changed by the owner only, while detached. */
    long deadline;

    /** Above zero: fixed rate; below zero: fixed delay; zero: runs once. */
    final long period;

    private final TimerWheel wheel;

    @SuppressWarnings("UnusedVariable") // through TASK
    private Runnable task;

    TimerNode(TimerWheel wheel, long deadline, long period, Runnable task, int bucket) {
        this.wheel = wheel;
        this.deadline = deadline;
        this.period = period;
        this.task = task;
        this.bucket = bucket;
    }

    @Override
    public boolean cancel() {
        if (!tryCancel()) {
            return false;
        }
        wheel.afterCancel(this);
        return true;
    }

    /** Decides the race against firing and against other cancels, and leaves the lists alone. */
    boolean tryCancel() {
        Runnable current = taskVolatile();
        return !(current instanceof Outcome) && TASK.compareAndSet(this, current, Outcome.CANCELLED);
    }

    /** The task to run now, or null if it was cancelled; a node that runs once is done from here on. */
    @Nullable
    Runnable claimRun() {
        Runnable current = taskVolatile();
        if (current instanceof Outcome || (period == 0 && !TASK.compareAndSet(this, current, Outcome.FIRED))) {
            return null;
        }
        return current;
    }

    @Override
    public boolean isCancelled() {
        return taskVolatile() == Outcome.CANCELLED;
    }

    @Override
    public boolean isDone() {
        return taskVolatile() instanceof Outcome;
    }

    @Override
    public long deadlineNanos() {
        return wheel.clock.onTickerScale((long) DEADLINE.getOpaque(this));
    }

    void setDeadlineOpaque(long nanos) {
        DEADLINE.setOpaque(this, nanos);
    }

    int bucketVolatile() {
        return (int) BUCKET.getVolatile(this);
    }

    void setBucketVolatile(int value) {
        BUCKET.setVolatile(this, value);
    }

    private Runnable taskVolatile() {
        return (Runnable) TASK.getVolatile(this);
    }

    @Override
    public String toString() {
        String state = isCancelled() ? "cancelled" : isDone() ? "fired" : "waiting";
        return "Timeout[" + state + ", deadlineNanos=" + deadlineNanos() + ", period=" + period + "]";
    }
}
