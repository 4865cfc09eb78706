package io.millio.time;

/**
 * The handle of one scheduled task. It belongs to that task for good, is never reused for another one, and any thread
 * may call any of its methods; none blocks.
 *
 * <p>A task that runs once ends by running or by being cancelled, whichever comes first. A repeating one ends only by
 * being cancelled.
 */
public interface Timeout {

    /**
     * Prevents the next run, and every later one. The reference to the task is dropped before this returns, so what the
     * task holds can be collected even while the timer still waits to be unlinked.
     *
     * <p>A run that has begun is neither waited for nor interrupted. A repeating task may cancel itself.
     *
     * @return true if this call prevented a run; false if the task has run for the last time or was cancelled before.
     *     Of several calls at most one gets true
     */
    boolean cancel();

    /** Whether {@link #cancel()} or the end of the wheel prevented a run. */
    boolean isCancelled();

    /** Whether there will be no further run: it was cancelled, or its only run has begun. */
    boolean isDone();

    /**
     * The moment of the next run (of the last one, when done) on the scale of the {@link Ticker} that the timer was
     * made with. Compare it by subtraction; {@code deadlineNanos() - ticker.nanos()} is what is left, in nanoseconds.
     */
    long deadlineNanos();
}
