package io.millio.work;

/**
 * How urgent a task of a {@link ComputePool} is. A free thread takes the oldest task of the highest priority, unless a
 * lower one has been passed over too often: HIGH 8 times, NORMAL 16 times, LOW 32 times. Immutable.
 */
public enum Priority {
    /** For what can wait: reports, clean-up. */
    LOW(32),
    /** The priority of tasks that are given none. */
    NORMAL(16),
    /** For what somebody is waiting for. */
    HIGH(8),
    /** For what everybody is waiting for. Its tasks are passed over only for those whose turn has come. */
    CRITICAL(Integer.MAX_VALUE);

    private final int patience;

    Priority(int patience) {
        this.patience = patience;
    }

    /** How often the oldest waiting task lets others go first. */
    int patience() {
        return patience;
    }
}
