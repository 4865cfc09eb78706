package io.millio.internal;

/** Marks the threads that run a reactor, of whichever loop, so that calls which wait can refuse to; for any thread. */
public final class ReactorThread {
    private static final ThreadLocal<Boolean> MARK = new ThreadLocal<>();

    private ReactorThread() {}

    /** The calling thread runs a reactor from now on. */
    public static void enter() {
        MARK.set(true);
    }

    /** It does so no longer. */
    public static void leave() {
        MARK.remove();
    }

    /** Whether the calling thread runs a reactor. */
    public static boolean isCurrent() {
        return MARK.get() != null;
    }
}
