package io.millio.internal;

import java.util.function.Supplier;

/** What the layers above {@code loop} may ask of a loop beyond its public methods; for any thread. */
public interface LoopPort {
    int reactors();

    ReactorPort reactor(int index);

    /** The reactors in turn, for sources that are to be spread over them. */
    ReactorPort nextReactor();

    /** Ties a component to the loop's life; if the loop runs already, {@link LoopComponent#loopStarted} is not called. */
    void attach(LoopComponent component);

    void detach(LoopComponent component);

    /** Reserves a token of the user's token space; throws IllegalArgumentException naming the holder if it is taken. */
    void reserveToken(long token, String owner);

    void releaseToken(long token);

    /** Counts, tells the listener, and logs at most once per second and kind. */
    void report(Object source, Throwable error);

    /** The loop's one instance of a shared part, made on first use. */
    <T> T shared(Class<T> type, Supplier<? extends T> maker);

    /** The bytes that everything on this loop may buffer. */
    long bufferBudget();

    /** Starts the loop if it is new; true if it runs when the call returns. */
    boolean ensureStarted();

    /** Whether the caller is one of the loop's own threads, which must not wait for the loop. */
    boolean inLoopThread();

    /** Whether the loop runs. */
    boolean isRunning();
}
