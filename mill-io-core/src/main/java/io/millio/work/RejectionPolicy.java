package io.millio.work;

/** What becomes of a task for which a {@link ComputePool} has no room. */
public enum RejectionPolicy {
    /** The submitter gets a RejectedExecutionException: it knows best what to do without. The default. */
    ABORT,
    /**
     * The submitting thread runs it, and so submits nothing else meanwhile. On the thread of a reactor, for which
     * everybody else would have to wait, it is ABORT all the same.
     */
    CALLER_RUNS
}
