package io.millio.loop;

/**
 * On which thread callbacks run. Whatever is chosen, callbacks of one source never overlap and never reorder.
 * Chosen per loop, and overridden per server or registration.
 */
public enum Dispatch {
    /** On the reactor, with no hand-over: the fastest, for handlers that never block. */
    DIRECT,
    /** On the loop's worker pool, source by source in order: for handlers that compute or block. The default. */
    WORKERS,
    /** One virtual thread for each source with work; not available yet, and refused where it is asked for. */
    VIRTUAL;

    /** Returns this mode, or throws UnsupportedOperationException where it cannot be had. */
    Dispatch supported(String setting) {
        if (this == VIRTUAL) {
            throw new UnsupportedOperationException(
                    setting + " VIRTUAL is not available in this version; use WORKERS (blocking handlers) or DIRECT");
        }
        return this;
    }
}
