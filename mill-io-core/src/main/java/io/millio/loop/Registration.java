package io.millio.loop;

/**
 * One channel watched by one loop under one token. Every method may be called by any thread, does not block, and takes effect
 * before the reactor's next wait. After {@link #close()} no further event is delivered but for a callback already under way.
 */
public interface Registration extends AutoCloseable {
    /** The token of this registration; free for a new one once this is closed. */
    Token token();

    /** Waits for this instead; also while paused, to hold from {@link #resume()} on. Does nothing once closed. */
    void interest(Interest interest);

    /** Delivers nothing until {@link #resume()}; note that the end of the peer is not noticed meanwhile. */
    void pause();

    /** Ends {@link #pause()}. */
    void resume();

    /** False once closed by whoever. */
    boolean isOpen();

    /** Ends the registration and frees its token; the channel stays open and belongs to the caller. Idempotent. */
    @Override
    void close();
}
