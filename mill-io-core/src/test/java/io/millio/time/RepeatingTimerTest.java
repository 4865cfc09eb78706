package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fixed rate and fixed delay, on the owner thread. */
class RepeatingTimerTest {
    private static final long MILLI = 1_000_000;
    private static final int ALL = Integer.MAX_VALUE;

    private final ManualTicker ticker = new ManualTicker(Long.MAX_VALUE - 5);
    private final long start = ticker.nanos();
    private final List<Throwable> errors = new ArrayList<>();
    private final List<Long> runs = new ArrayList<>();
    private final TimerWheel wheel = new TimerWheel(ticker, errors::add);

    @AfterEach
    void structureIsWhole() {
        WheelStructure.check(wheel);
    }

    private long now() {
        return ticker.nanos() - start;
    }

    @Test
    void fixedRateDoesNotDriftHoweverLateItsOwnerComes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        long period = 3_333_333;
        Timeout timeout = wheel.scheduleAtFixedRate(period, period, () -> runs.add(now()));
        for (int run = 1; run <= 10_000; run++) {
            ticker.advanceNanos(wheel.nanosUntilNext() + random.nextInt(3_000_000));
            wheel.advance(ALL);
            assertThat(runs).hasSize(run);
            assertThat(timeout.deadlineNanos() - start).as("seed %d", seed).isEqualTo((run + 1) * period);
        }
    }

    @Test
    void periodsMissedInALongJumpAreCoalescedIntoOneRunOnTheOldGrid() {
        Timeout timeout = wheel.scheduleAtFixedRate(10 * MILLI, 10 * MILLI, () -> runs.add(now()));
        ticker.advance(Duration.ofHours(5).plusMillis(4));
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(wheel.advance(ALL)).isZero();
        assertThat(wheel.nanosUntilNext()).isEqualTo(6 * MILLI);
        assertThat(timeout.deadlineNanos() - start)
                .isEqualTo(Duration.ofHours(5).toNanos() + 10 * MILLI);
    }

    @Test
    void aRunThatIsDueAtThePresentMomentIsNotRunTwice() {
        wheel.scheduleAtFixedRate(10 * MILLI, 10 * MILLI, () -> runs.add(now()));
        ticker.advanceNanos(20 * MILLI);
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(wheel.nanosUntilNext()).isEqualTo(10 * MILLI);
    }

    @Test
    void aTaskSlowerThanItsRateSkipsWhatItMissedInsteadOfPilingUp() {
        wheel.scheduleAtFixedRate(0, 10 * MILLI, () -> {
            runs.add(now());
            ticker.advanceNanos(25 * MILLI);
        });
        for (int i = 0; i < 4; i++) {
            ticker.advanceNanos(wheel.nanosUntilNext());
            wheel.advance(ALL);
        }
        assertThat(runs).containsExactly(0L, 30 * MILLI, 60 * MILLI, 90 * MILLI);
    }

    @Test
    void fixedDelayCountsFromTheEndOfTheRunBefore() {
        wheel.scheduleWithFixedDelay(5 * MILLI, 10 * MILLI, () -> {
            runs.add(now());
            ticker.advanceNanos(7 * MILLI);
        });
        for (int i = 0; i < 3; i++) {
            ticker.advanceNanos(wheel.nanosUntilNext());
            wheel.advance(ALL);
        }
        assertThat(runs).containsExactly(5 * MILLI, 22 * MILLI, 39 * MILLI);
    }

    @Test
    void aRepeatingTaskThatThrowsGoesOn() {
        wheel.scheduleAtFixedRate(MILLI, MILLI, () -> {
            throw new IllegalStateException("run " + wheel.fired());
        });
        for (int i = 0; i < 3; i++) {
            ticker.advanceNanos(MILLI);
            assertThat(wheel.advance(ALL)).isOne();
        }
        assertThat(errors).extracting(Throwable::getMessage).containsExactly("run 1", "run 2", "run 3");
    }

    @Test
    void aTaskThatThrowsAfterCancellingItselfStaysCancelled() {
        Timeout[] self = new Timeout[1];
        self[0] = wheel.scheduleWithFixedDelay(MILLI, MILLI, () -> {
            self[0].cancel();
            throw new IllegalStateException("bye");
        });
        ticker.advanceNanos(MILLI);
        wheel.advance(ALL);
        assertThat(wheel.pending()).isZero();
        assertThat(wheel.cancelled()).isOne();
        assertThat(self[0].isDone()).isTrue();
    }

    @Test
    void aRepeatingTimerIsOneTimerOnHoweverManyRuns() {
        Timeout timeout = wheel.submitAtFixedRate(MILLI, MILLI, () -> runs.add(now()));
        for (int i = 1; i <= 100; i++) {
            ticker.advanceNanos(MILLI);
            wheel.advance(ALL);
            assertThat(wheel.pending()).isOne();
            assertThat(timeout.isDone()).isFalse();
        }
        assertThat(wheel.fired()).isEqualTo(100);
        assertThat(timeout.cancel()).isTrue();
        assertThat(timeout.cancel()).isFalse();
        assertThat(wheel.pending()).isZero();
    }

    @Test
    void aPeriodOfOneNanosecondRunsOncePerAdvance() {
        wheel.scheduleAtFixedRate(0, 1, () -> runs.add(now()));
        wheel.submitWithFixedDelay(0, 1, () -> runs.add(now()));
        for (int i = 1; i <= 10; i++) {
            assertThat(wheel.advance(ALL)).isEqualTo(2);
            assertThat(wheel.nanosUntilNext()).isOne();
            ticker.advanceNanos(1);
        }
    }
}
