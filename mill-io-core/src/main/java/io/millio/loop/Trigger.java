package io.millio.loop;

/** A doorbell for a handler on the loop; every method may be called by any thread and does not block. */
public interface Trigger extends AutoCloseable {
    /** The token of this trigger. */
    Token token();

    /** Has the handler called once more; calls that come before it has begun are answered by that one call. Does nothing once closed. */
    void fire();

    /** False once closed by whoever. */
    boolean isOpen();

    /** Ends the trigger and frees its token. Idempotent. */
    @Override
    void close();
}
