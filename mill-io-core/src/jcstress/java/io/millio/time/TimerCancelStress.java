package io.millio.time;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * One submitted timer, an owner that takes it in, fires and clears, and another thread that cancels it meanwhile. The
 * results are: runs, cancels that the owner's clear won, cancels that the other thread won, and, after the owner of the
 * next life has taken in what was left over, ten times the timers pending plus the timers counted as cancelled.
 *
 * <pre>
 * mvn -Pjcstress -pl mill-io-core test-compile exec:exec@jcstress -Djcstress.args="-t TimerCancelStress"
 * </pre>
 */
public class TimerCancelStress {

    /** Time stands still, so a delay of zero is due and any other one is not. */
    private static TimerWheel wheel() {
        return new TimerWheel(() -> 0L, 10, failure -> {});
    }

    private static void conclude(TimerWheel wheel, IIII_Result result) {
        wheel.advance(10);
        result.r4 = 10 * wheel.pending() + (int) wheel.cancelled();
    }

    @JCStressTest
    @Outcome(id = "1, 0, 0, 0", expect = Expect.ACCEPTABLE, desc = "it ran")
    @Outcome(id = "0, 0, 1, 1", expect = Expect.ACCEPTABLE, desc = "the other thread cancelled it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "it ran and was cancelled, or it was lost, or it was counted twice")
    @State
    public static class Due {
        private final TimerWheel wheel = wheel();
        private final Timeout timeout = wheel.submit(0, () -> {});

        @Actor
        public void owner(IIII_Result result) {
            result.r1 = wheel.advance(10);
            result.r2 = wheel.clear();
        }

        @Actor
        public void other(IIII_Result result) {
            result.r3 = timeout.cancel() ? 1 : 0;
        }

        @Arbiter
        public void afterwards(IIII_Result result) {
            conclude(wheel, result);
        }
    }

    @JCStressTest
    @Outcome(
            id = "0, 0, 1, 1",
            expect = Expect.ACCEPTABLE,
            desc = "cancelled, and unlinked by the next owner at the latest")
    @Outcome(expect = Expect.FORBIDDEN, desc = "it was not unlinked, or it was lost, or it was counted twice")
    @State
    public static class MovedFromInboxToBucket {
        private final TimerWheel wheel = wheel();
        private final Timeout timeout = wheel.submit(1, () -> {});

        @Actor
        public void owner(IIII_Result result) {
            result.r1 = wheel.advance(10);
            wheel.owner.release();
        }

        @Actor
        public void other(IIII_Result result) {
            result.r3 = timeout.cancel() ? 1 : 0;
        }

        @Arbiter
        public void afterwards(IIII_Result result) {
            conclude(wheel, result);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 0, 1", expect = Expect.ACCEPTABLE, desc = "it ran, then the owner cleared it")
    @Outcome(id = "1, 0, 1, 1", expect = Expect.ACCEPTABLE, desc = "it ran, then the other thread cancelled it")
    @Outcome(id = "0, 0, 1, 1", expect = Expect.ACCEPTABLE, desc = "the other thread cancelled it before it ran")
    @Outcome(expect = Expect.FORBIDDEN, desc = "it was cancelled twice, or it was lost, or it was counted twice")
    @State
    public static class Repeating {
        private final TimerWheel wheel = wheel();
        private final Timeout timeout = wheel.submitAtFixedRate(0, 1, () -> {});

        @Actor
        public void owner(IIII_Result result) {
            result.r1 = wheel.advance(10);
            result.r2 = wheel.clear();
        }

        @Actor
        public void other(IIII_Result result) {
            result.r3 = timeout.cancel() ? 1 : 0;
        }

        @Arbiter
        public void afterwards(IIII_Result result) {
            conclude(wheel, result);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 0, 0, 0", expect = Expect.ACCEPTABLE, desc = "both ran, now or in the next life")
    @Outcome(id = "1, 1, 0, 1", expect = Expect.ACCEPTABLE, desc = "one ran, one came between advance and clear")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a submission was lost or ran twice")
    @State
    public static class TwoSubmissionsAndADrain {
        private final TimerWheel wheel = wheel();
        private int runs;

        @Actor
        public void owner(IIII_Result result) {
            wheel.submit(0, () -> runs++);
            wheel.advance(10);
            result.r2 = wheel.clear();
        }

        @Actor
        public void other() {
            wheel.submit(0, () -> runs++);
        }

        @Arbiter
        public void afterwards(IIII_Result result) {
            conclude(wheel, result);
            result.r1 = runs;
        }
    }
}
