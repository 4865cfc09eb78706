package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.ManualTicker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Submitting, cancelling and firing at the same time, on the clock of the machine. */
class TimerWheelRaceTest {
    private static final int THREADS = 3;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final List<Throwable> errors = new ArrayList<>();
    private final long seed = new Random().nextLong();

    @AfterEach
    void endThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    /** One timer and what became of it, as seen from outside. */
    private static final class Watched implements Runnable {
        private final AtomicInteger runs = new AtomicInteger();
        private final AtomicInteger prevented = new AtomicInteger();
        private final AtomicLong early;
        volatile Timeout timeout;

        Watched(AtomicLong early) {
            this.early = early;
        }

        @Override
        public void run() {
            runs.incrementAndGet();
            Timeout known = timeout;
            if (known != null && System.nanoTime() - known.deadlineNanos() < 0) {
                early.incrementAndGet();
            }
        }

        void cancel() {
            if (timeout.cancel()) {
                prevented.incrementAndGet();
            }
        }
    }

    @Test
    void eachTimerEitherRunsOnceOrIsPreventedOnceAndNoneIsLost() throws Exception {
        int perThread = 60_000;
        TimerWheel wheel = new TimerWheel(Ticker.system(), errors::add);
        AtomicLong early = new AtomicLong();
        List<Future<List<Watched>>> parts = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            Random random = new Random(seed + t);
            parts.add(threads.submit(() -> submitAndCancel(wheel, random, perThread, early)));
        }
        driveUntil(wheel, () -> parts.stream().allMatch(Future::isDone) && wheel.pending() == 0);
        long runs = 0;
        long prevented = 0;
        for (Future<List<Watched>> part : parts) {
            for (Watched watched : part.get(30, TimeUnit.SECONDS)) {
                assertThat(watched.runs.get() + watched.prevented.get())
                        .as("seed %d", seed)
                        .isOne();
                runs += watched.runs.get();
                prevented += watched.prevented.get();
            }
        }
        assertThat(runs).as("both outcomes must occur, seed %d", seed).isPositive();
        assertThat(prevented).as("both outcomes must occur, seed %d", seed).isPositive();
        assertThat(wheel.fired()).isEqualTo(runs);
        assertThat(wheel.cancelled()).isEqualTo(prevented);
        assertThat(early).hasValue(0);
        assertThat(errors).isEmpty();
        WheelStructure.check(wheel);
    }

    /** Cancels its own timers, at once or later, some twice, while the owner takes them in and fires them. */
    private static List<Watched> submitAndCancel(TimerWheel wheel, Random random, int count, AtomicLong early) {
        List<Watched> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Watched watched = new Watched(early);
            watched.timeout = wheel.submit(random.nextInt(300_000), watched);
            all.add(watched);
            switch (random.nextInt(4)) {
                case 0 -> watched.cancel();
                case 1 -> all.get(i - random.nextInt(Math.min(i + 1, 50))).cancel();
                case 2 -> all.get(i - random.nextInt(Math.min(i + 1, 2_000))).cancel();
                default -> {}
            }
        }
        return all;
    }

    @Test
    void ofTwoCancelsAtTheSameMomentExactlyOneWins() {
        TimerWheel wheel = new TimerWheel(new ManualTicker(), errors::add);
        Lockstep.run(() -> watched(wheel, 1), Watched::cancel, Watched::cancel, watched -> {
            wheel.advance(0);
            assertThat(watched.prevented).hasValue(1);
            assertThat(wheel.pending()).isZero();
        });
        WheelStructure.check(wheel);
    }

    @Test
    void aTimerThatFiresAtTheMomentOfItsCancelDoesOneOfThem() {
        TimerWheel wheel = new TimerWheel(new ManualTicker(), errors::add);
        Lockstep.run(() -> watched(wheel, 0), watched -> wheel.advance(1), Watched::cancel, watched -> {
            wheel.advance(1);
            assertThat(watched.runs.get() + watched.prevented.get()).isOne();
            assertThat(wheel.pending()).isZero();
        });
        assertThat(wheel.backlog()).isZero();
        WheelStructure.check(wheel);
    }

    @Test
    void aSubmittedTimerCancelledWhileItIsTakenInIsUnlinked() {
        TimerWheel wheel = new TimerWheel(new ManualTicker(), errors::add);
        Lockstep.run(() -> watched(wheel, 1), watched -> wheel.advance(0), Watched::cancel, watched -> {
            wheel.advance(0);
            assertThat(watched.prevented).hasValue(1);
            assertThat(wheel.pending()).as("linked though cancelled").isZero();
        });
        WheelStructure.check(wheel);
    }

    private static Watched watched(TimerWheel wheel, long delayNanos) {
        Watched watched = new Watched(new AtomicLong());
        watched.timeout = wheel.submit(delayNanos, watched);
        return watched;
    }

    @Test
    void repeatingTimersStopWhenCancelledFromElsewhereWhateverTheyAreDoing() throws Exception {
        TimerWheel wheel = new TimerWheel(Ticker.system(), errors::add);
        List<Watched> all = new ArrayList<>();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            Watched watched = new Watched(new AtomicLong());
            long period = 1 + random.nextInt(2_000_000);
            watched.timeout = i % 2 == 0
                    ? wheel.scheduleAtFixedRate(0, period, watched)
                    : wheel.scheduleWithFixedDelay(0, period, watched);
            all.add(watched);
        }
        Future<?> cancels = threads.submit(() -> all.forEach(watched -> {
            while (watched.runs.get() < 3 && !Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            watched.cancel();
        }));
        driveUntil(wheel, () -> cancels.isDone() && wheel.pending() == 0);
        assertThat(all).allSatisfy(watched -> {
            assertThat(watched.prevented).hasValue(1);
            assertThat(watched.runs.get()).isGreaterThanOrEqualTo(3);
        });
        assertThat(wheel.cancelled()).isEqualTo(all.size());
        assertThat(wheel.nanosUntilNext()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void submittersTogetherNeverGetPastTheLimit() throws Exception {
        for (int round = 0; round < 200; round++) {
            TimerWheel wheel = new TimerWheel(new ManualTicker(), 100, errors::add);
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Integer>> parts = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                parts.add(threads.submit(() -> {
                    start.await();
                    return submitUntilRejected(wheel);
                }));
            }
            start.countDown();
            int accepted = 0;
            for (Future<Integer> part : parts) {
                accepted += part.get(30, TimeUnit.SECONDS);
            }
            assertThat(accepted).isEqualTo(100);
            assertThat(wheel.pending()).isEqualTo(100);
            assertThat(wheel.clear()).isEqualTo(100);
        }
    }

    private static int submitUntilRejected(TimerWheel wheel) {
        for (int accepted = 0; ; accepted++) {
            try {
                wheel.submit(1, () -> {});
            } catch (RejectedExecutionException full) {
                return accepted;
            }
        }
    }

    private interface Condition {
        boolean holds();
    }

    private void driveUntil(TimerWheel wheel, Condition condition) {
        long start = System.nanoTime();
        while (!condition.holds()) {
            wheel.advance(64);
            wheel.nanosUntilNext();
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
                throw new AssertionError("after a minute, seed " + seed + ": pending " + wheel.pending());
            }
        }
    }
}
