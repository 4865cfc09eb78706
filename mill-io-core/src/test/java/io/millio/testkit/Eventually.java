package io.millio.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waits for what will become true, with a generous limit and the state of affairs in the failure. For any thread. A latch is
 * better where there is an event to count; this is for figures, which announce themselves to nobody.
 */
public final class Eventually {
    /** Long enough for a machine that does other things; a test that waits as long has failed. */
    public static final Duration LIMIT = Duration.ofSeconds(20);

    private static final long LOOK_AGAIN_NANOS = 50_000;

    private Eventually() {}

    public static void holds(String what, BooleanSupplier condition) {
        holds(() -> what, condition);
    }

    /** Returns once the condition is true; the text is asked for only when it never was. */
    public static void holds(Supplier<String> what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > LIMIT.toNanos()) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what.get());
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    public static void opens(String what, CountDownLatch latch) {
        if (!opened(latch)) {
            throw new AssertionError(
                    "not within " + LIMIT.toSeconds() + " s: " + what + " (" + latch.getCount() + " outstanding)");
        }
    }

    /** For the inside of handlers, where nobody is to be told: whether the latch opened in time. */
    public static boolean opened(CountDownLatch latch) {
        try {
            return latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    public static void ends(Thread thread) {
        try {
            thread.join(LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            StringBuilder stack = new StringBuilder();
            for (StackTraceElement element : thread.getStackTrace()) {
                stack.append("\n\tat ").append(element);
            }
            throw new AssertionError(thread.getName() + " still runs after " + LIMIT.toSeconds() + " s" + stack);
        }
    }
}
