package io.millio.pool;

import java.lang.System.Logger.Level;

/**
 * The log {@code io.millio.pool}, and the leak listener of pools that were given none. Stateless, any thread.
 */
final class PoolLog {
    private static final System.Logger LOG = System.getLogger("io.millio.pool");

    private PoolLog() {}

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

    static void discardFailed(String pool, long number, Throwable failure) {
        if (Long.bitCount(number) == 1) {
            LOG.log(Level.ERROR, "the discard hook of pool '" + pool + "' failed, failure number " + number, failure);
        }
    }

    static void listenerFailed(LeakReport leak, Throwable failure) {
        LOG.log(Level.ERROR, "the leak listener of pool '" + leak.pool() + "' failed; " + text(leak), failure);
    }
}
