package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Collected;
import io.millio.testkit.ManualTicker;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One test for each defect of the wheel that mill-io 1.x had, as far as a wheel alone can show it. */
class TimerWheelRegressionTest {
    private static final long MILLI = 1_000_000;
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final int ALL = Integer.MAX_VALUE;

    private final ManualTicker ticker = new ManualTicker();
    private final AtomicInteger clockReadings = new AtomicInteger();
    private final List<Throwable> errors = new ArrayList<>();
    private final List<String> ran = new ArrayList<>();
    private final TimerWheel wheel = new TimerWheel(
            () -> {
                clockReadings.incrementAndGet();
                return ticker.nanos();
            },
            errors::add);

    @AfterEach
    void structureIsWhole() {
        WheelStructure.check(wheel);
    }

    private Runnable task(String name) {
        return () -> ran.add(name);
    }

    @Test
    void anInsertAfterAnExpiryDoesNotHideEarlierTimers() {
        wheel.schedule(5 * MILLI, task("five"));
        wheel.schedule(20 * MILLI, task("twenty"));
        ticker.advanceNanos(10 * MILLI);
        wheel.advance(ALL);
        wheel.schedule(HOUR, task("later"));
        assertThat(wheel.nanosUntilNext()).isEqualTo(10 * MILLI);
        wheel.schedule(5 * MILLI, task("fifteen"));
        assertThat(wheel.nanosUntilNext()).isEqualTo(5 * MILLI);
        ticker.advanceNanos(10 * MILLI);
        wheel.advance(ALL);
        assertThat(ran).containsExactly("five", "fifteen", "twenty");
    }

    @Test
    void aRepeatingTimerCanBeCancelledFromItsOwnCallback() {
        List<Timeout> self = new ArrayList<>();
        Runnable cancelOnThirdRun = () -> {
            ran.add("run");
            if (ran.size() % 3 == 0) {
                assertThat(self.get(self.size() - 1).cancel()).isTrue();
                assertThat(self.get(self.size() - 1).cancel()).isFalse();
            }
        };
        for (int kind = 0; kind < 2; kind++) {
            ran.clear();
            self.add(
                    kind == 0
                            ? wheel.scheduleAtFixedRate(MILLI, MILLI, cancelOnThirdRun)
                            : wheel.scheduleWithFixedDelay(MILLI, MILLI, cancelOnThirdRun));
            for (int i = 0; i < 10; i++) {
                ticker.advanceNanos(MILLI);
                wheel.advance(ALL);
            }
            assertThat(ran).hasSize(3);
            assertThat(wheel.pending()).isZero();
        }
        assertThat(errors).isEmpty();
    }

    @Test
    void nothingSpinsThroughTheLastMillisecondOfATimer() {
        int timers = 100;
        for (int i = 1; i <= timers; i++) {
            wheel.schedule(i * 10 * MILLI + 999_999, task("t"));
        }
        clockReadings.set(0);
        int turns = 0;
        while (wheel.pending() > 0) {
            ticker.advanceNanos(wheel.nanosUntilNext());
            wheel.advance(ALL);
            turns++;
        }
        assertThat(turns).as("one wake-up per timer").isEqualTo(timers);
        assertThat(clockReadings.get())
                .as("to sleep, to advance and after the task, but not in a loop")
                .isLessThanOrEqualTo(3 * timers);
    }

    @Test
    void cancelledTimersLeaveMemory() {
        List<WeakReference<Timeout>> cancelled = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            Timeout timeout = wheel.schedule(HOUR + i % 7, task("never"));
            if (i % 10 != 0) {
                cancelled.add(new WeakReference<>(timeout));
                timeout.cancel();
            }
        }
        assertThat(wheel.pending()).isEqualTo(100);
        Collected.await(cancelled);
    }

    @Test
    void aLongJumpFiresOnlyWhatIsDue() {
        wheel.schedule(HOUR - 1, task("before"));
        wheel.schedule(HOUR, task("at"));
        wheel.schedule(HOUR + 1, task("after"));
        wheel.schedule(HOUR + MILLI, task("a millisecond after"));
        wheel.schedule(10 * HOUR, task("much later"));
        wheel.schedule(Long.MAX_VALUE, task("never"));
        ticker.advanceNanos(HOUR);
        assertThat(wheel.advance(ALL)).isEqualTo(2);
        assertThat(ran).containsExactly("before", "at");
        assertThat(wheel.nanosUntilNext()).isOne();
    }

    @Test
    void aJumpGoesFromTimerToTimerAndNotTickByTick() {
        for (int i = 1; i <= 10; i++) {
            wheel.schedule(i * 300 * HOUR, task("t" + i));
        }
        wheel.levels.steps = 0;
        ticker.advanceNanos(3_000 * HOUR);
        assertThat(wheel.advance(ALL)).isEqualTo(10);
        // 10.8 thousand million ticks have passed. A timer enters at most six buckets, and is looked at once in each.
        assertThat(wheel.levels.steps).isLessThanOrEqualTo(10 * 2 * 7);
        wheel.levels.steps = 0;
        ticker.advance(Duration.ofDays(36_500));
        assertThat(wheel.advance(ALL)).isZero();
        assertThat(wheel.levels.steps).isZero();
    }

    @Test
    void anExpiryDoesNotScanTheOtherTimers() {
        for (int i = 0; i < 100_000; i++) {
            wheel.schedule(HOUR + i % 1_000 * HOUR / 100, task("far"));
        }
        wheel.levels.steps = 0;
        for (int i = 0; i < 1_000; i++) {
            wheel.schedule(MILLI, task("near"));
            ticker.advanceNanos(wheel.nanosUntilNext());
            assertThat(wheel.advance(ALL)).isOne();
        }
        assertThat(wheel.levels.steps)
                .as("a look at the timer itself, and one per level it came down")
                .isLessThanOrEqualTo(1_000 * 5);
    }

    @Test
    void aLaterDeadlineNeedsNoWakeUp() {
        wheel.schedule(10 * MILLI, task("ten"));
        long sleepsUntil = ticker.nanos() + wheel.nanosUntilNext();
        int wakeUps = 0;
        for (int delay = 5; delay < 1_000; delay++) {
            Timeout timeout = wheel.submit(delay * MILLI, task("t"));
            wakeUps += timeout.deadlineNanos() - sleepsUntil < 0 ? 1 : 0;
        }
        assertThat(wakeUps).as("five to nine milliseconds").isEqualTo(5);
        assertThat(wheel.nanosUntilNext()).isEqualTo(5 * MILLI);
    }

    @Test
    void aThrowingCallbackHarmsNeitherTheOwnerNorTheOtherTimers() {
        wheel.schedule(MILLI, task("before"));
        wheel.schedule(MILLI, () -> {
            throw new AssertionError("on purpose");
        });
        wheel.schedule(MILLI, task("after"));
        wheel.scheduleAtFixedRate(MILLI, MILLI, () -> {
            throw new IllegalStateException("each time");
        });
        ticker.advanceNanos(MILLI);
        assertThat(wheel.advance(ALL)).isEqualTo(4);
        ticker.advanceNanos(MILLI);
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(ran).containsExactly("before", "after");
        assertThat(errors).hasSize(3);
    }

    @Test
    void aFixedRateDoesNotDrift() {
        Timeout timeout = wheel.scheduleAtFixedRate(MILLI, MILLI, task("tick"));
        for (int i = 1; i <= 1_000; i++) {
            ticker.advanceNanos(wheel.nanosUntilNext() + 300_000);
            wheel.advance(ALL);
        }
        assertThat(ran).hasSize(1_000);
        assertThat(timeout.deadlineNanos()).isEqualTo(1_001 * MILLI);
    }
}
