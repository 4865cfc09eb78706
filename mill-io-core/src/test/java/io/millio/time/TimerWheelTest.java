package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millio.testkit.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promises of the wheel on its owner thread, one by one. Repeating timers, hand-over and races have their own
 * files.
 */
class TimerWheelTest extends ManualWheel {
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, -5, 0, Long.MAX_VALUE - 5, Long.MAX_VALUE})
    void noTimerFiresEarlyAndEachFiresOnItsNanosecond(long origin) {
        for (int level = 0; level <= 7; level++) {
            long boundary = (1L << 6 * level) * MILLI;
            for (long delay : new long[] {boundary - 1, boundary, boundary + 1, boundary + MILLI, boundary * 5 / 3}) {
                ManualTicker clock = new ManualTicker(origin);
                TimerWheel fresh = new TimerWheel(clock, errors::add);
                clock.advanceNanos(777_777);
                Timeout timeout = fresh.schedule(delay, () -> {});
                assertThat(timeout.deadlineNanos()).isEqualTo(clock.nanos() + delay);
                clock.advanceNanos(delay - 1);
                assertThat(fresh.advance(ALL))
                        .as("a nanosecond before %d", delay)
                        .isZero();
                clock.advanceNanos(1);
                assertThat(fresh.advance(ALL)).as("at %d", delay).isOne();
                assertThat(timeout.isDone()).isTrue();
            }
        }
    }

    @Test
    void oneTickFiresInTheOrderOfSchedulingAndTicksInTheOrderOfTime() {
        wheel.schedule(70 * MILLI + 900, task("seventy, first"));
        wheel.schedule(9 * MILLI, task("nine"));
        wheel.schedule(70 * MILLI + 100, task("seventy, second"));
        ticker.advanceNanos(68 * MILLI);
        wheel.advance(0);
        wheel.schedule(2 * MILLI, task("seventy, third"));
        wheel.schedule(MILLI, task("sixty-nine"));
        ticker.advance(Duration.ofSeconds(10));
        assertThat(wheel.advance(ALL)).isEqualTo(5);
        assertThat(ran).containsExactly("nine", "sixty-nine", "seventy, first", "seventy, second", "seventy, third");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aDelayOfZeroOrLessIsDueAtTheNextAdvance(long delay) {
        Timeout timeout = wheel.schedule(delay, task("now"));
        assertThat(ran).isEmpty();
        assertThat(timeout.deadlineNanos()).isEqualTo(ticker.nanos());
        assertThat(wheel.nanosUntilNext()).isZero();
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(ran).containsExactly("now");
    }

    @Test
    void aTaskThatSchedulesItselfWithoutDelayRunsOncePerAdvance() {
        Runnable[] self = new Runnable[1];
        self[0] = () -> {
            ran.add("again");
            wheel.schedule(0, self[0]);
        };
        wheel.schedule(0, self[0]);
        for (int i = 1; i <= 5; i++) {
            assertThat(wheel.advance(ALL)).isOne();
            assertThat(ran).hasSize(i);
            assertThat(wheel.nanosUntilNext()).isZero();
        }
    }

    @Test
    void callbacksBeyondTheLimitOfOneAdvanceStayDueAndKeepTheirOrder() {
        for (int i = 0; i < 10; i++) {
            wheel.schedule(i < 5 ? MILLI : i * MILLI, task("t" + i));
        }
        ticker.advance(Duration.ofHours(1));
        assertThat(wheel.advance(0)).isZero();
        assertThat(wheel.advance(3)).isEqualTo(3);
        assertThat(wheel.nanosUntilNext()).isZero();
        wheel.schedule(0, task("newcomer"));
        assertThat(wheel.advance(6)).isEqualTo(6);
        assertThat(wheel.nanosUntilNext()).isZero();
        assertThat(wheel.advance(6)).isEqualTo(2);
        assertThat(ran).containsExactly("t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "newcomer");
        assertThat(wheel.nanosUntilNext()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void cancelByTheOwnerPreventsTheRunAndUnlinksAtOnce() {
        Timeout timeout = wheel.schedule(HOUR, task("never"));
        assertThat(timeout.cancel()).isTrue();
        assertThat(wheel.pending()).isZero();
        assertThat(WheelStructure.linked(wheel)).isZero();
        assertThat(timeout.cancel()).isFalse();
        assertThat(timeout.isCancelled()).isTrue();
        assertThat(timeout.isDone()).isTrue();
        ticker.advanceNanos(2 * HOUR);
        assertThat(wheel.advance(ALL)).isZero();
        assertThat(wheel.cancelled()).isOne();
    }

    @Test
    void cancelAfterTheRunHasBegunPreventsNothing() {
        Timeout[] timeout = new Timeout[1];
        timeout[0] = wheel.schedule(0, () -> ran.add("cancel=" + timeout[0].cancel() + " done=" + timeout[0].isDone()));
        wheel.advance(ALL);
        assertThat(ran).containsExactly("cancel=false done=true");
        assertThat(timeout[0].cancel()).isFalse();
        assertThat(timeout[0].isCancelled()).isFalse();
        assertThat(wheel.cancelled()).isZero();
    }

    @Test
    void aTaskMayCancelTheOneThatWouldFireNext() {
        List<Timeout> timeouts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int self = i;
            timeouts.add(wheel.schedule(MILLI + i, () -> {
                ran.add("t" + self);
                timeouts.get(self + 1).cancel();
            }));
        }
        ticker.advanceNanos(MILLI + 10);
        assertThat(wheel.advance(ALL)).isEqualTo(3);
        assertThat(ran).containsExactly("t0", "t2", "t4");
    }

    @Test
    void aTaskMayCancelTheNotYetDueTimersOfItsOwnTick() {
        List<Timeout> notYetDue = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            notYetDue.add(wheel.schedule(MILLI + 900_000, task("cancelled")));
        }
        for (int i = 0; i < 400; i++) {
            int self = i;
            wheel.schedule(MILLI, () -> notYetDue.get(499 - self).cancel());
        }
        ticker.advanceNanos(MILLI + 500_000);
        wheel.levels.steps = 0;
        assertThat(wheel.advance(ALL)).isEqualTo(400);
        assertThat(wheel.levels.steps).as("each is looked at once").isEqualTo(900);
        assertThat(wheel.nanosUntilNext()).isEqualTo(400_000);
        WheelStructure.check(wheel);
        notYetDue.get(0).cancel();
        ticker.advanceNanos(400_000);
        assertThat(wheel.advance(ALL)).isEqualTo(99);
    }

    @Test
    void whatATaskThrowsIsReportedAndChangesNothingElse() {
        List<Throwable> thrown = List.of(
                new IllegalStateException("a"),
                new AssertionError("b"),
                new StackOverflowError("c"),
                new Exception("d"));
        for (Throwable each : thrown) {
            wheel.schedule(MILLI, () -> sneak(each));
            wheel.schedule(MILLI, task("after " + each.getMessage()));
        }
        ticker.advanceNanos(MILLI);
        assertThat(wheel.advance(ALL)).isEqualTo(8);
        assertThat(errors).containsExactlyElementsOf(thrown);
        assertThat(ran).containsExactly("after a", "after b", "after c", "after d");
        assertThat(wheel.pending()).isZero();
        errors.clear();
    }

    @Test
    void anErrorConsumerThatThrowsIsIgnored() {
        TimerWheel touchy = new TimerWheel(ticker, failure -> {
            throw new AssertionError("the consumer fails too", failure);
        });
        touchy.schedule(0, () -> sneak(new Exception("first")));
        touchy.schedule(0, task("second"));
        assertThat(touchy.advance(ALL)).isEqualTo(2);
        assertThat(ran).containsExactly("second");
        WheelStructure.check(touchy);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, -5, 0, Long.MAX_VALUE - 5, Long.MAX_VALUE})
    void aDeadlineOutOfRangeMeansNever(long origin) {
        ManualTicker clock = new ManualTicker(origin);
        TimerWheel fresh = new TimerWheel(clock, errors::add);
        clock.advanceNanos(HOUR);
        List<Timeout> never = List.of(
                fresh.schedule(Long.MAX_VALUE, task("schedule")),
                fresh.schedule(Long.MAX_VALUE - 1, task("schedule")),
                fresh.submit(Long.MAX_VALUE, task("submit")),
                fresh.scheduleAtFixedRate(Long.MAX_VALUE, Long.MAX_VALUE, task("rate")),
                fresh.scheduleWithFixedDelay(Long.MAX_VALUE, 1, task("delay")));
        for (int decade = 0; decade < 29; decade++) {
            clock.advance(Duration.ofDays(3652));
            assertThat(fresh.nanosUntilNext()).isEqualTo(Long.MAX_VALUE);
            assertThat(fresh.advance(ALL)).isZero();
            WheelStructure.check(fresh);
            never.forEach(timeout ->
                    assertThat(timeout.deadlineNanos() - clock.nanos()).isPositive());
        }
        assertThat(ran).isEmpty();
        assertThat(fresh.clear()).isEqualTo(5);
    }

    @Test
    void aRepeatingTimerWithAnEndlessPeriodRunsOnce() {
        wheel.scheduleAtFixedRate(MILLI, Long.MAX_VALUE, task("rate"));
        wheel.scheduleWithFixedDelay(MILLI, Long.MAX_VALUE, task("delay"));
        ticker.advance(Duration.ofDays(1));
        wheel.advance(ALL);
        ticker.advance(Duration.ofDays(36_500));
        assertThat(wheel.advance(ALL)).isZero();
        assertThat(ran).containsExactly("rate", "delay");
        assertThat(wheel.pending()).isEqualTo(2);
    }

    @Test
    void aTickerThatStepsBackFiresNothingEarlyAndBreaksNothing() {
        wheel.schedule(10 * MILLI, task("ten"));
        ticker.advanceNanos(5 * MILLI);
        wheel.advance(ALL);
        ticker.advanceNanos(-HOUR);
        assertThat(wheel.advance(ALL)).isZero();
        assertThat(wheel.nanosUntilNext()).isEqualTo(5 * MILLI);
        wheel.schedule(0, task("zero"));
        assertThat(wheel.advance(ALL)).isOne();
        ticker.advanceNanos(HOUR + 5 * MILLI);
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(ran).containsExactly("zero", "ten");
    }

    @Test
    void latenessIsWhatPassedBetweenDeadlineAndRunTheTasksBeforeIncluded() {
        wheel.schedule(10 * MILLI, () -> ticker.advanceNanos(7 * MILLI));
        wheel.schedule(11 * MILLI, task("second"));
        ticker.advanceNanos(12 * MILLI);
        wheel.advance(ALL);
        assertThat(wheel.fired()).isEqualTo(2);
        assertThat(wheel.totalLatenessNanos()).isEqualTo(2 * MILLI + 8 * MILLI);
        assertThat(wheel.maxLatenessNanos()).isEqualTo(8 * MILLI);
    }

    @Test
    void clearCancelsEverythingAndLeavesAUsableWheelWhoseCountersGoOn() {
        List<Timeout> timeouts = new ArrayList<>(List.of(
                wheel.schedule(-1, task("due")),
                wheel.schedule(HOUR, task("later")),
                wheel.schedule(Long.MAX_VALUE, task("never")),
                wheel.submit(1, task("submitted")),
                wheel.scheduleAtFixedRate(0, 1, task("repeating"))));
        wheel.schedule(0, task("cancelled before")).cancel();
        assertThat(wheel.clear()).isEqualTo(5);
        assertThat(timeouts).allMatch(Timeout::isCancelled);
        assertThat(wheel.pending()).isZero();
        assertThat(wheel.cancelled()).isEqualTo(6);
        assertThat(wheel.clear()).isZero();
        ticker.advanceNanos(2 * HOUR);
        assertThat(wheel.advance(ALL)).isZero();
        wheel.schedule(MILLI, task("new life"));
        ticker.advanceNanos(MILLI);
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(wheel.fired()).isOne();
        assertThat(ran).containsExactly("new life");
    }

    @Test
    void clearFromATaskEndsTheAdvanceAndTheRepeatingTaskItself() {
        List<Integer> cleared = new ArrayList<>();
        wheel.scheduleAtFixedRate(0, MILLI, () -> {
            ran.add("repeating");
            cleared.add(wheel.clear());
            wheel.schedule(MILLI, task("afterwards"));
        });
        wheel.schedule(0, task("due as well"));
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(cleared).containsExactly(2);
        assertThat(wheel.pending()).isOne();
        ticker.advanceNanos(HOUR);
        wheel.advance(ALL);
        assertThat(ran).containsExactly("repeating", "afterwards");
    }

    @Test
    void aNodeTakesAtMost64BytesWithCompressedReferences() {
        long bytes = 12;
        for (var field : TimerNode.class.getDeclaredFields()) {
            if (!java.lang.reflect.Modifier.isStatic(field.getModifiers())) {
                bytes += field.getType() == long.class ? 8 : 4;
                assertThat(field.getType()).isNotIn(double.class, boolean.class, byte.class, short.class, char.class);
            }
        }
        assertThat((bytes + 7) / 8 * 8).isLessThanOrEqualTo(64);
        assertThat(TimerNode.class.getSuperclass()).isEqualTo(Object.class);
    }

    @Test
    void aHandleSaysWhatItIs() {
        Timeout timeout = wheel.schedule(7, task("t"));
        assertThat(timeout).hasToString("Timeout[waiting, deadlineNanos=2, period=0]");
        timeout.cancel();
        assertThat(timeout).hasToString("Timeout[cancelled, deadlineNanos=2, period=0]");
        AtomicReference<Timeout> fired = new AtomicReference<>(wheel.schedule(0, task("t")));
        wheel.advance(ALL);
        assertThat(fired.get()).hasToString("Timeout[fired, deadlineNanos=-5, period=0]");
    }

    @Test
    void theSystemTickerFollowsTheMonotonicClock() {
        long before = System.nanoTime();
        long reading = Ticker.system().nanos();
        assertThat(reading - before).isNotNegative();
        assertThat(System.nanoTime() - reading).isNotNegative();
        assertThatCode(() -> new TimerWheel(Ticker.system(), errors::add).advance(1))
                .doesNotThrowAnyException();
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
