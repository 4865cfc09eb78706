package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Collected;
import io.millio.testkit.ManualTicker;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What other threads may do, what they may not, and how the ownership passes on; without races, step by step. */
class TimerWheelThreadsTest {
    private static final long MILLI = 1_000_000;
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final int ALL = Integer.MAX_VALUE;

    private final ManualTicker ticker = new ManualTicker(-5);
    private final List<Throwable> errors = new ArrayList<>();
    private final List<String> ran = new ArrayList<>();
    private final TimerWheel wheel = new TimerWheel(ticker, 1000, errors::add);

    private Runnable task(String name) {
        return () -> ran.add(name);
    }

    /** Runs the action on a thread of its own that has ended when this returns. */
    private static <T> T elsewhere(Callable<T> action) {
        FutureTask<T> future = new FutureTask<>(action);
        Thread thread = new Thread(future, "elsewhere");
        thread.start();
        try {
            T result = future.get(30, TimeUnit.SECONDS);
            thread.join(30_000);
            assertThat(thread.isAlive()).isFalse();
            return result;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theDelayOfASubmittedTimerCountsFromItsSubmission() {
        wheel.advance(0);
        Timeout timeout = elsewhere(() -> wheel.submit(10 * MILLI, task("t")));
        assertThat(timeout.deadlineNanos()).isEqualTo(ticker.nanos() + 10 * MILLI);
        ticker.advanceNanos(9 * MILLI);
        assertThat(wheel.nanosUntilNext()).isEqualTo(MILLI);
        ticker.advanceNanos(MILLI - 1);
        assertThat(wheel.advance(ALL)).isZero();
        ticker.advanceNanos(1);
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(ran).containsExactly("t");
    }

    @Test
    void submittedTimersOfOneTickFireInTheOrderOfSubmission() {
        for (int i = 0; i < 5; i++) {
            String name = "t" + i;
            elsewhere(() -> wheel.submit(MILLI, task(name)));
        }
        assertThat(wheel.backlog()).isEqualTo(5);
        ticker.advanceNanos(MILLI);
        assertThat(wheel.advance(ALL)).isEqualTo(5);
        assertThat(ran).containsExactly("t0", "t1", "t2", "t3", "t4");
        assertThat(wheel.backlog()).isZero();
    }

    @Test
    void aCancelFromAnotherThreadPreventsTheRunAtOnceAndUnlinksAtTheNextAdvance() {
        Timeout timeout = wheel.schedule(MILLI, task("never"));
        assertThat(elsewhere(timeout::cancel)).isTrue();
        assertThat(timeout.cancel()).isFalse();
        assertThat(wheel.pending()).isOne();
        assertThat(wheel.backlog()).isOne();
        WheelStructure.check(wheel);
        assertThat(wheel.advance(0)).isZero();
        assertThat(wheel.pending()).isZero();
        assertThat(wheel.cancelled()).isOne();
        assertThat(WheelStructure.linked(wheel)).isZero();
        ticker.advanceNanos(HOUR);
        assertThat(wheel.advance(ALL)).isZero();
        assertThat(ran).isEmpty();
    }

    @Test
    void aSubmittedTimerCancelledBeforeTheOwnerSawItNeverReachesTheWheel() {
        Timeout byOther = wheel.submit(MILLI, task("never"));
        Timeout byOwner = wheel.submit(MILLI, task("never"));
        wheel.schedule(HOUR, task("never")).cancel();
        Timeout third = wheel.submit(HOUR, task("never"));
        assertThat(byOwner.cancel()).isTrue();
        assertThat(elsewhere(byOther::cancel)).isTrue();
        assertThat(wheel.backlog())
                .as("no second entry for a node that is in the inbox")
                .isEqualTo(3);
        assertThat(wheel.nanosUntilNext()).isEqualTo(HOUR);
        assertThat(wheel.pending()).isOne();
        assertThat(third.cancel()).isTrue();
        assertThat(wheel.cancelled()).isEqualTo(4);
        WheelStructure.check(wheel);
    }

    @Test
    void theTaskIsDroppedByTheCancelItselfFromAnyThread() {
        wheel.advance(0);
        List<WeakReference<Runnable>> tasks = new ArrayList<>();
        List<Timeout> kept = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            kept.add(cancelled(tasks, i));
        }
        Collected.await(tasks);
        assertThat(kept).allMatch(Timeout::isCancelled);
        assertThat(wheel.pending()).as("nodes still in wheel and inbox").isEqualTo(3);
    }

    private Timeout cancelled(List<WeakReference<Runnable>> tasks, int i) {
        Object held = new Object();
        Runnable task = held::hashCode;
        tasks.add(new WeakReference<>(task));
        Timeout timeout = i % 2 == 0 ? wheel.schedule(HOUR, task) : wheel.submit(HOUR, task);
        boolean prevented = i < 2 ? elsewhere(timeout::cancel) : timeout.cancel();
        assertThat(prevented).isTrue();
        return timeout;
    }

    @Test
    void aTaskThatRunsOnceIsDroppedWhenItRuns() {
        List<WeakReference<Runnable>> tasks = new ArrayList<>();
        Object held = new Object();
        Runnable task = held::hashCode;
        tasks.add(new WeakReference<>(task));
        Timeout kept = wheel.schedule(0, task);
        wheel.advance(1);
        held = null;
        task = null;
        Collected.await(tasks);
        assertThat(kept.isDone()).isTrue();
    }

    @Test
    void ownerMethodsOnAnotherThreadAreRefusedNamingBothThreads() {
        wheel.advance(0);
        List<Callable<?>> calls = List.of(
                () -> wheel.advance(1),
                wheel::nanosUntilNext,
                wheel::clear,
                () -> wheel.schedule(1, task("")),
                () -> wheel.scheduleAtFixedRate(1, 1, task("")),
                () -> wheel.scheduleWithFixedDelay(1, 1, task("")));
        for (Callable<?> call : calls) {
            assertThatThrownBy(() -> elsewhere(call))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(Thread.currentThread().toString())
                    .hasMessageContaining("elsewhere")
                    .hasMessageContaining("use a submit method");
        }
        assertThat(wheel.pending()).isZero();
    }

    @Test
    void clearHandsTheWheelToWhoeverAsksNext() {
        Timeout old = wheel.schedule(HOUR, task("old"));
        wheel.clear();
        AtomicInteger count = new AtomicInteger();
        FutureTask<Integer> life = new FutureTask<>(() -> {
            assertThat(old.cancel()).isFalse();
            wheel.schedule(0, count::incrementAndGet);
            return wheel.advance(ALL);
        });
        assertThat(elsewhere(() -> {
                    life.run();
                    return life.get(10, TimeUnit.SECONDS);
                }))
                .isOne();
        assertThat(count).hasValue(1);
    }

    @Test
    void aThreadMayInheritFromAnOwnerThatHasEnded() {
        elsewhere(() -> wheel.schedule(MILLI, task("inherited")));
        ticker.advanceNanos(MILLI);
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(ran).containsExactly("inherited");
    }

    @Test
    void clearTakesWhatWasSubmittedAndWhatOthersCancelledIntoAccount() {
        Timeout linked = wheel.schedule(HOUR, task("a"));
        elsewhere(() -> wheel.submit(HOUR, task("b")));
        elsewhere(linked::cancel);
        assertThat(wheel.clear()).isOne();
        assertThat(wheel.cancelled()).isEqualTo(2);
        assertThat(wheel.pending()).isZero();
        assertThat(wheel.backlog()).isZero();
    }

    @Test
    void cancelsThatArriveAfterClearChangeNothing() {
        Timeout timeout = wheel.schedule(HOUR, task("a"));
        wheel.clear();
        assertThat(elsewhere(timeout::cancel)).isFalse();
        wheel.advance(ALL);
        assertThat(wheel.cancelled()).isOne();
        assertThat(wheel.pending()).isZero();
    }

    @Test
    void whatOthersCancelledMakesRoomForTheOwnerAtOnceAndForOthersAtItsNextTurn() {
        TimerWheel single = new TimerWheel(ticker, 1, errors::add);
        Timeout first = single.schedule(HOUR, task("first"));
        elsewhere(first::cancel);
        assertThatThrownBy(() -> single.submit(1, task(""))).isInstanceOf(RejectedExecutionException.class);
        Timeout second = single.schedule(HOUR, task("second"));
        elsewhere(second::cancel);
        single.nanosUntilNext();
        single.submit(HOUR, task("third"));
        assertThat(single.pending()).isOne();
    }

    @Test
    void aTimerCancelledElsewhereWhileItsTurnRunsDoesNotFire() {
        Timeout[] second = new Timeout[1];
        wheel.schedule(0, () -> {
            ran.add("first");
            assertThat(elsewhere(second[0]::cancel)).isTrue();
        });
        second[0] = wheel.schedule(0, task("second"));
        assertThat(wheel.advance(ALL)).isOne();
        assertThat(wheel.pending()).isZero();
        assertThat(wheel.cancelled()).isOne();
        wheel.advance(ALL);
        assertThat(wheel.cancelled())
                .as("the late entry in the inbox is not counted again")
                .isOne();
        assertThat(ran).containsExactly("first");
        assertThat(errors).isEmpty();
    }

    @Test
    void aRepeatingTimerCancelledElsewhereDuringItsRunDoesNotRunAgain() {
        Timeout[] self = new Timeout[1];
        self[0] = wheel.scheduleAtFixedRate(0, MILLI, () -> {
            ran.add("run");
            assertThat(elsewhere(self[0]::cancel)).isTrue();
            wheel.nanosUntilNext(); // takes the inbox in while the node is in no list
        });
        wheel.advance(ALL);
        ticker.advanceNanos(HOUR);
        assertThat(wheel.advance(ALL)).isZero();
        assertThat(wheel.pending()).isZero();
        assertThat(wheel.cancelled()).isOne();
        assertThat(ran).containsExactly("run");
        assertThat(errors).isEmpty();
    }

    @Test
    void aMillionTimersNineTenthsCancelledGiveTheirMemoryBack() {
        TimerWheel big = new TimerWheel(ticker, errors::add);
        List<WeakReference<Timeout>> gone = new ArrayList<>();
        List<Timeout> survivors = millionTimersOfWhichTenPercentSurvive(big, gone);
        big.advance(0);
        assertThat(big.pending()).isEqualTo(100_000);
        assertThat(WheelStructure.linked(big)).isEqualTo(100_000);
        Collected.await(gone);
        WheelStructure.check(big);
        assertThat(survivors).noneMatch(Timeout::isDone);
        assertThat(big.clear()).isEqualTo(100_000);
    }

    private List<Timeout> millionTimersOfWhichTenPercentSurvive(TimerWheel big, List<WeakReference<Timeout>> gone) {
        List<Timeout> survivors = new ArrayList<>();
        List<Timeout> cancelledElsewhere = new ArrayList<>();
        for (int i = 0; i < 1_000_000; i++) {
            Timeout timeout = big.schedule(HOUR + i % 977 * 1000 * MILLI, () -> {});
            if (i % 10 == 0) {
                survivors.add(timeout);
                continue;
            }
            if (i % 1000 < 10) {
                gone.add(new WeakReference<>(timeout));
            }
            if (i % 2 == 0) {
                timeout.cancel();
            } else {
                cancelledElsewhere.add(timeout);
            }
        }
        elsewhere(() -> {
            cancelledElsewhere.forEach(Timeout::cancel);
            return true;
        });
        return survivors;
    }
}
