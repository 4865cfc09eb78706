package io.millio.loop;

/** Told of every failure that a loop has contained. */
@FunctionalInterface
public interface ErrorListener {
    /**
     * Called on the thread where the failure was caught, possibly by several threads at once; must not block. What it
     * throws is dropped.
     *
     * @param source what failed: a {@code Connection}, a {@link Registration}, a {@link Trigger}, a server, or the task
     *     itself
     * @param error what was thrown
     */
    void onError(Object source, Throwable error);
}
