package io.millio.pool;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The ordering argument of {@link StripedStack} and {@link Handle}, tried on this machine's memory model.
 *
 * <p>{@code mvn -Pjcstress -pl mill-io-core test-compile exec:exec@jcstress -Djcstress.args="-t StripedStackStress"}
 */
public class StripedStackStress {
    private StripedStackStress() {}

    /** Stands for a pooled thing; its content is plain, as a buffer's is. */
    static final class Thing {
        int content;
    }

    /** Whoever finds a thing sees what was done to it before it was pushed. */
    @JCStressTest
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "there, with its content")
    @Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "found without its content")
    @State
    public static class HandOver {
        private final StripedStack<Thing> stack = new StripedStack<>(2);
        private final Thing thing = new Thing();

        @Actor
        public void release() {
            thing.content = 42;
            stack.push(thing);
        }

        @Actor
        public void acquire(I_Result r) {
            Thing found = stack.pop();
            r.r1 = found == null ? -1 : found.content;
        }
    }

    /** Two take while one thing is there: one finds it. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "one got it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lent twice, or lost")
    @State
    public static class TwoTakers {
        private final StripedStack<Integer> stack = new StripedStack<>(2);

        public TwoTakers() {
            stack.push(1);
        }

        @Actor
        public void take(II_Result r) {
            r.r1 = orZero(stack.pop());
        }

        @Actor
        public void takeToo(II_Result r) {
            r.r2 = orZero(stack.pop());
        }
    }

    /** One gives and takes back, one takes: each thing is found once, whoever finds it. */
    @JCStressTest
    @Outcome(
            id = {"1, 2, 0", "2, 1, 0", "1, 0, 2", "2, 0, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "each found once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lent twice, or lost")
    @State
    public static class GiverAndTaker {
        private final StripedStack<Integer> stack = new StripedStack<>(2);

        public GiverAndTaker() {
            stack.push(1);
        }

        @Actor
        public void giveAndTake(III_Result r) {
            stack.push(2);
            r.r1 = orZero(stack.pop());
        }

        @Actor
        public void take(III_Result r) {
            r.r2 = orZero(stack.pop());
        }

        @Arbiter
        public void rest(III_Result r) {
            r.r3 = orZero(stack.pop());
        }
    }

    private static int orZero(Integer element) {
        return element == null ? 0 : element;
    }

    /** Two threads release the same handle: one succeeds. */
    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = Expect.ACCEPTABLE,
            desc = "one released")
    @Outcome(expect = Expect.FORBIDDEN, desc = "released twice, or not at all")
    @State
    public static class TwoReleasers {
        private final Lent lent = new Lent();

        @Actor
        public void release(ZZ_Result r) {
            r.r1 = lent.tryRelease();
        }

        @Actor
        public void releaseToo(ZZ_Result r) {
            r.r2 = lent.tryRelease();
        }
    }

    /** Two reserve 60 of 100. */
    @JCStressTest
    @Outcome(
            id = {"60, 0", "0, 60"},
            expect = Expect.ACCEPTABLE,
            desc = "one got it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "overdrawn, or refused to both")
    @State
    public static class OneBudget {
        private final Budget budget = new Budget(100);

        @Actor
        public void reserve(II_Result r) {
            r.r1 = budget.tryReserve(60) ? 60 : 0;
        }

        @Actor
        public void reserveToo(II_Result r) {
            r.r2 = budget.tryReserve(60) ? 60 : 0;
        }
    }

    private static final class Lent extends Handle {
        Lent() {
            super(null);
            open(null);
        }

        boolean tryRelease() {
            try {
                endLoan();
                return true;
            } catch (IllegalStateException refused) {
                return false;
            }
        }

        @Override
        String description() {
            return "nothing";
        }
    }
}
