package io.millio.testkit;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what other threads bring about, and fails by name if it does not come. Stateless; any thread. */
public final class Await {
    /** Long enough for a machine that does other things; a test that waits as long has failed. */
    public static final Duration LIMIT = Duration.ofSeconds(30);

    private static final long LOOK_AGAIN_NANOS = 100_000;

    private Await() {}

    /** Returns as soon as the condition holds. */
    public static void until(String what, Callable<Boolean> condition) {
        until(() -> what, condition);
    }

    /** As {@link #until(String, Callable)}; the text is asked for when the wait has failed. */
    public static void until(Supplier<String> what, Callable<Boolean> condition) {
        long start = System.nanoTime();
        while (!holds(condition)) {
            if (System.nanoTime() - start > LIMIT.toNanos()) {
                throw new AssertionError("waited " + LIMIT.toSeconds() + " s in vain for: " + what.get());
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    private static boolean holds(Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The result of a stage. */
    public static <T> T result(String what, CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("waited " + LIMIT.toSeconds() + " s in vain for: " + what, e);
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(what + " failed", e);
        }
    }

    /** Returns once the latch is open. */
    public static void open(String what, CountDownLatch latch) {
        if (!opened(latch)) {
            throw new AssertionError("waited " + LIMIT.toSeconds() + " s in vain for: " + what + ", " + latch.getCount()
                    + " outstanding");
        }
    }

    /** For the inside of handlers and tasks, which throw to nobody: whether the latch opened before the limit and an interrupt. */
    public static boolean opened(CountDownLatch latch) {
        try {
            return latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Returns once the thread has ended. */
    public static void end(Thread thread) {
        until(
                () -> thread.getName() + " ends, but is at " + Arrays.toString(thread.getStackTrace()),
                () -> !thread.isAlive());
    }
}
