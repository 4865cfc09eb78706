package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Lets this thread and a second one act on the same object within some nanoseconds, round after round. */
final class Lockstep {
    private static final int ROUNDS = 100_000;
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private Lockstep() {}

    /**
     * Each round makes an object here, gives it to both actions at once, and checks it here when both have ended. Ends
     * after many rounds, or after two seconds where the machine has no second core to give.
     */
    static <T> void run(Supplier<T> made, Consumer<T> here, Consumer<T> there, Consumer<T> check) {
        AtomicReference<T> handed = new AtomicReference<>();
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        Thread second = new Thread(() -> {
            Random jitter = new Random(2);
            for (int round = 1; awaitAtLeast(begun, round) == round; round++) {
                spin(jitter);
                there.accept(handed.get());
                ended.set(round);
            }
        });
        second.start();
        try {
            Random jitter = new Random(1);
            long start = System.nanoTime();
            for (int round = 1; round <= ROUNDS && System.nanoTime() - start < LIMIT_NANOS; round++) {
                T subject = made.get();
                handed.set(subject);
                begun.set(round);
                spin(jitter);
                here.accept(subject);
                awaitAtLeast(ended, round);
                check.accept(subject);
            }
        } finally {
            begun.set(Integer.MAX_VALUE);
            join(second);
        }
    }

    private static void spin(Random jitter) {
        for (int i = jitter.nextInt(6); i > 0; i--) {
            Thread.onSpinWait();
        }
    }

    private static int awaitAtLeast(AtomicInteger value, int expected) {
        long start = System.nanoTime();
        for (int spins = 0; value.get() < expected; spins++) {
            if (spins > 1_000) {
                Thread.yield();
                assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(30));
            } else {
                Thread.onSpinWait();
            }
        }
        return value.get();
    }

    private static void join(Thread second) {
        try {
            second.join(30_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(second.isAlive()).isFalse();
    }
}
