package io.millio.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What all handles of pooled things have in common: a state that lets one release through. Owned by the borrower while
 * it is lent, by the pool otherwise; {@link #endLoan()} decides between threads that release at the same time.
 *
 * <p>The state word decides only who may release. It is not what makes the borrower's writes visible to the next one:
 * that is the lock of the stripe through which the thing passes (see {@link StripedStack}), or whatever carries the
 * handle from one borrower to another in between.
 */
abstract class Handle {
    //  RELEASED --open, by the thread that took it out of the pool--> LENT --release, by anybody, once--> RELEASED
    private static final int RELEASED = 0;
    private static final int LENT = 1;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Handle.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LeakTracker.Life life;
    private LeakTracker.@Nullable Loan loan;

    @SuppressWarnings("unused") // through STATE
    private int state;

    Handle(LeakTracker.Life life) {
        this.life = life;
    }

    final LeakTracker.Life life() {
        return life;
    }

    final LeakTracker.@Nullable Loan loan() {
        return loan;
    }

    /** Begins a loan; called by the only thread that has the handle. */
    final void open(LeakTracker.@Nullable Loan tracked) {
        loan = tracked;
        STATE.setRelease(this, LENT);
    }

    final void checkLent() {
        if ((int) STATE.getOpaque(this) != LENT) {
            throw misuse("used after its release");
        }
    }

    /** Returns to one caller per loan and refuses the others. */
    final void endLoan() {
        if ((int) STATE.getAndSet(this, RELEASED) != LENT) {
            throw misuse("released twice");
        }
    }

    /** What was lent and by which pool, for a message. */
    abstract String description();

    private IllegalStateException misuse(String what) {
        LeakTracker.Loan tracked = loan;
        String advice = tracked != null
                ? "the cause shows where it was acquired"
                : "-D" + LeakDetection.PROPERTY + "=all shows where it was acquired";
        return new IllegalStateException(
                description() + " was " + what + ": release it once, as the last thing done with it; " + advice,
                tracked != null ? tracked.acquiredAt() : null);
    }
}
