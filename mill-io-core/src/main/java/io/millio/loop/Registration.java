package io.millio.loop;

/**
 * One channel watched by one loop under one token. Every method may be called by any thread, does not block, and takes
 * effect before the reactor's next wait. After {@link #close()} no further event is delivered but for a callback
 * already under way.
 */
public interface Registration extends AutoCloseable {
    /** The token of this registration; free for a new one once this is closed. */
    Token token();

    /**
     * Changes what is waited for; while paused, from {@link #resume()} on. Does nothing once closed.
     *
     * @throws IllegalArgumentException if the channel can never be ready for it
     */
    void interest(Interest interest);

    /** Delivers nothing until {@link #resume()}. Meanwhile nobody notices when the peer closes. */
    void pause();

    /** Ends {@link #pause()}. */
    void resume();

    /** False as soon as anybody has closed it. */
    boolean isOpen();

    /** Ends the registration and frees its token; the channel stays open and belongs to the caller. Idempotent. */
    @Override
    void close();
}
