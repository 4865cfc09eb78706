package io.millio.testkit;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Runs the garbage collector until something has been collected; for the test's own thread. */
public final class Collected {
    private Collected() {}

    public static void await(String what, BooleanSupplier collected) {
        long start = System.nanoTime();
        while (!collected.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
                throw new AssertionError("not collected within 30 s: " + what);
            }
            System.gc();
        }
    }

    public static void await(List<? extends WeakReference<?>> references) {
        await(references.size() + " objects", () -> references.stream().allMatch(held -> held.get() == null));
    }
}
