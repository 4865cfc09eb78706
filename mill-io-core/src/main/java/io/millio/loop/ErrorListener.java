package io.millio.loop;

/** Told of every failure that a loop has contained. */
@FunctionalInterface
public interface ErrorListener {
    /**
     * Called on the thread where the failure was caught, possibly by several threads at once; must not block. What it
     * throws is logged.
     *
     * @param source what failed: a {@code Connection}, {@code UdpEndpoint}, {@code FileWatch}, {@link Registration},
     *     {@link Trigger} or the task itself; for anything else, such as a server or a timer, an object whose
     *     {@code toString} names it
     * @param error what was thrown
     */
    void onError(Object source, Throwable error);
}
