package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How long the owner may sleep, and how often it wakes for nothing. */
class TimerWheelSleepTest extends ManualWheel {
    @Test
    void anOwnerThatSleepsAsToldWakesOncePerTimerHoweverFarAway() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            ticker.advanceNanos(random.nextInt(1_000_000_000));
            long delay = 1 + (random.nextLong() >>> 4 + random.nextInt(59));
            wheel.schedule(delay, task("t"));
            assertThat(wheel.nanosUntilNext()).as("seed %d", seed).isEqualTo(delay);
            if (delay > 1L << 50) { // further on the clock itself would come to its end
                assertThat(wheel.clear()).isOne();
                continue;
            }
            ticker.advanceNanos(wheel.nanosUntilNext());
            assertThat(wheel.advance(ALL)).as("seed %d, delay %d", seed, delay).isOne();
        }
    }

    @Test
    void anAdvanceWithoutAnythingDueKeepsTheWheelUpWithTheClock() {
        wheel.schedule(100 * HOUR, task("far"));
        ticker.advanceNanos((1L << 22) * MILLI);
        wheel.advance(ALL);
        wheel.levels.steps = 0;
        wheel.schedule(MILLI, task("near"));
        ticker.advanceNanos(MILLI);
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(wheel.levels.steps).as("straight from the lowest level").isOne();
    }

    @Test
    void manyTimersWakeTheirOwnerAtTheirOwnMomentsOnly() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            wheel.schedule(random.nextInt(5_000) * MILLI + random.nextInt(1_000_000), task("t"));
        }
        int wakes = 0;
        while (wheel.pending() > 0) {
            ticker.advanceNanos(wheel.nanosUntilNext());
            assertThat(wheel.advance(ALL)).as("seed %d", seed).isPositive();
            wakes++;
        }
        assertThat(wakes).isLessThanOrEqualTo(1000);
        assertThat(wheel.maxLatenessNanos()).isZero();
    }

    @Test
    void cancelledTimersCostAtMostOneWakeUpEach() {
        List<Timeout> cancelled = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            cancelled.add(wheel.schedule(HOUR + i * 300, task("cancelled")));
        }
        for (int i = 0; i < 100; i++) {
            wheel.schedule(HOUR + 100 * MILLI + i, task("kept"));
        }
        cancelled.forEach(Timeout::cancel);
        int needless = 0;
        while (wheel.pending() > 0) {
            ticker.advanceNanos(wheel.nanosUntilNext());
            needless += wheel.advance(ALL) == 0 ? 1 : 0;
        }
        assertThat(needless).as("wake-ups without a run").isLessThanOrEqualTo(6);
        assertThat(ran).hasSize(100);
    }

    @Test
    void aFewTimersAreExactWhateverIsCancelledAmongThem() {
        wheel.schedule(HOUR + 100 * MILLI, task("kept"));
        for (int i = 0; i < 50; i++) {
            wheel.schedule(HOUR + i * MILLI, task("cancelled")).cancel();
            assertThat(wheel.nanosUntilNext()).isEqualTo(HOUR + 100 * MILLI);
        }
    }
}
