package io.millio.pool;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Runs the garbage collector until something has been collected; for the test's own thread. */
final class Collected {
    private Collected() {}

    static void await(String what, BooleanSupplier collected) {
        long start = System.nanoTime();
        while (!collected.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
                throw new AssertionError("not collected within 30 s: " + what);
            }
            System.gc();
        }
    }
}
