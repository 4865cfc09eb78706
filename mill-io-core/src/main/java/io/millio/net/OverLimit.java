package io.millio.net;

/** What a server does with a connection that would exceed its greatest number of connections or its accept rate. */
public enum OverLimit {
    /**
     * Stops accepting until there is room again: clients wait in the kernel's queue (the backlog) and notice nothing but the wait,
     * unless that is full, too. After the greatest number was reached, accepting resumes once a sixteenth of it is free.
     */
    PAUSE,
    /** Accepts and resets it at once: clients know where they stand. */
    REFUSE
}
