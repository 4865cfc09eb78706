package io.millio.work;

/** What becomes of a task for which a {@link ComputePool} has no room. */
public enum RejectionPolicy {
    /** RejectedExecutionException for whoever submits it: it knows best what to do without. The default. */
    ABORT,
    /**
     * Who submits it runs it, and submits nothing else meanwhile. On the thread of a reactor, which everybody waits for, it is
     * ABORT all the same.
     */
    CALLER_RUNS
}
