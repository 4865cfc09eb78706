package io.millio.loop;

/** A doorbell for a handler on the loop; every method may be called by any thread and does not block. */
public interface Trigger extends AutoCloseable {
    /** The token of this trigger. */
    Token token();

    /**
     * Has the handler called once more. Any number of calls before it begins lead to one call of it. Does nothing once
     * closed.
     */
    void fire();

    /** False as soon as anybody has closed it. */
    boolean isOpen();

    /** Ends the trigger and frees its token. Idempotent. */
    @Override
    void close();
}
