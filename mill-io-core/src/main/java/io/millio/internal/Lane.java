package io.millio.internal;

/** Where serial tasks run: on a reactor, or on the workers. Callable from any thread; never blocks and never refuses. */
public interface Lane {
    /** Sees to it that {@link SerialTask#run} is called once; the caller has just moved the task to its queued state. */
    void dispatch(SerialTask task);
}
