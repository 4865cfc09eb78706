package io.millio.pool;

import java.lang.System.Logger.Level;

/** The listener of a pool that was given none: writes to the log {@code io.millio.pool}. Stateless, any thread. */
final class LeakLog {
    private static final System.Logger LOG = System.getLogger("io.millio.pool");

    private LeakLog() {}

    /** Logs the leaks whose number is a power of two, which bounds the lines without needing a clock. */
    static void log(LeakReport leak) {
        if (Long.bitCount(leak.number()) == 1) {
            LOG.log(Level.WARNING, text(leak), leak.acquiredAt());
        }
    }

    static String text(LeakReport leak) {
        String found = "pool '" + leak.pool() + "' lost " + leak.bytes() + " bytes, leak number " + leak.number()
                + ": acquired and never released";
        return leak.acquiredAt() != null
                ? found + "; acquired at:"
                : found + "; -D" + LeakDetection.PROPERTY + "=all shows where it was acquired";
    }

    static void listenerFailed(LeakReport leak, Throwable failure) {
        LOG.log(Level.ERROR, "the leak listener of pool '" + leak.pool() + "' failed; " + text(leak), failure);
    }
}
