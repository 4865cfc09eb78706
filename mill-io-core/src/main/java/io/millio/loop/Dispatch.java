package io.millio.loop;

import io.millio.internal.VirtualThreads;

/**
 * On which thread callbacks run. Whatever is chosen, callbacks of one source never overlap and never reorder.
 * Chosen per loop, and overridden per server or registration.
 */
public enum Dispatch {
    /** On the reactor, with no hand-over: the fastest, for handlers that never block. */
    DIRECT,
    /** On the loop's worker pool, source by source in order: for handlers that compute or block. The default. */
    WORKERS,
    /**
     * On virtual threads, source by source in order and at most 16 384 sources at once: for handlers that block, when
     * so many do at once that workers would not be enough. Needs JDK 21 or later. Handlers that compute are better off
     * with WORKERS.
     */
    VIRTUAL;

    /** Returns this mode, or throws UnsupportedOperationException where it cannot be had. */
    Dispatch supported(String property) {
        if (this == VIRTUAL) {
            VirtualThreads.require("dispatch VIRTUAL (" + property + ")", "use WORKERS (blocking handlers) or DIRECT");
        }
        return this;
    }
}
