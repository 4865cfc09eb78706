package io.millio.pool;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds what borrowers lost. Any thread may call it; it has no thread of its own, the pool's callers run
 * {@link #collect()} in passing.
 *
 * <p>Two kinds of phantom references wait in one queue. A {@link Life} watches the pooled thing itself from its
 * creation to its discard: when it dies uncollected, its bytes return to the bound, not before, since a borrower may
 * have kept the thing and dropped the handle. A {@link Loan} watches the handle of one acquisition and knows its stack;
 * nobody can release through a handle that is gone, so its death alone is a leak. Both are held by {@code watched}, or
 * they would die with what they watch. Removal from that set succeeds for one thread only, and whoever removed acts:
 * that makes each discard, each death and each report happen once, in whatever order the queue delivers them.
 */
final class LeakTracker {
    private static final int GOLDEN_RATIO = 0x9E37_79B9;
    private static final int SAMPLE_SHIFT = 25; // keeps 7 bits: zero in one of 128

    private final LeakDetection mode;
    private final String pool;
    private final Consumer<? super LeakReport> listener;
    private final LongConsumer onDeath;
    private final ReferenceQueue<Object> queue = new ReferenceQueue<>();
    private final Set<Reference<?>> watched = ConcurrentHashMap.newKeySet();
    private final AtomicLong leaks = new AtomicLong();
    private int loans;

    /** {@code onDeath} is told the bytes of each thing that died unreleased. */
    LeakTracker(LeakDetection mode, String pool, Consumer<? super LeakReport> listener, LongConsumer onDeath) {
        this.mode = mode;
        this.pool = pool;
        this.listener = listener;
        this.onDeath = onDeath;
    }

    boolean isDetecting() {
        return mode != LeakDetection.OFF;
    }

    long leaks() {
        return leaks.get();
    }

    Life watch(Object thing, long bytes) {
        Life life = new Life(thing, queue, bytes);
        try {
            watched.add(life);
        } catch (OutOfMemoryError e) {
            watched.remove(life); // it may be in there: the set allocates after the insertion as well
            throw e;
        }
        return life;
    }

    /** Ends the watch of a thing that the pool gives up; the caller keeps the thing reachable until this returns. */
    void forget(Life life) {
        if (watched.remove(life)) {
            life.clear();
        }
    }

    /** Tracks the loan that {@code handle} stands for, if this is one of those to be tracked. */
    @Nullable
    Loan lend(Handle handle) {
        if (mode == LeakDetection.SAMPLED && !isSampled()) {
            return null;
        }
        Throwable here = new Throwable("acquired by " + Thread.currentThread().getName());
        Loan loan = new Loan(handle, queue, handle.life(), here);
        handle.life().loan = loan;
        watched.add(loan);
        return loan;
    }

    /** The loan ended as it should; the caller keeps its handle reachable until this returns. */
    void end(Handle handle) {
        Loan loan = handle.loan();
        if (loan != null) {
            loan.life.loan = null;
            watched.remove(loan);
            loan.clear();
        }
    }

    /**
     * Racy count, on purpose: a lost increment only moves a sample. The multiplication spreads the samples, so that a
     * program which acquires in a rhythm of 128 is not sampled at the same place for ever.
     */
    private boolean isSampled() {
        return (loans++ * GOLDEN_RATIO) >>> SAMPLE_SHIFT == 0;
    }

    /** Accounts for and reports everything that the garbage collector has found by now; calls the listener. */
    void collect() {
        Reference<?> dead;
        while ((dead = queue.poll()) != null) {
            if (!watched.remove(dead)) {
                continue;
            }
            if (dead instanceof Loan loan) {
                report(loan.life, loan.acquiredAt);
            } else if (dead instanceof Life life) {
                died(life);
            }
        }
    }

    private void died(Life life) {
        onDeath.accept(life.bytes);
        Loan loan = life.loan;
        if (loan == null) {
            report(life, null);
        } else if (watched.remove(loan)) { // else its own death was reported before
            report(life, loan.acquiredAt);
        }
    }

    private void report(Life life, @Nullable Throwable acquiredAt) {
        LeakReport report = new LeakReport(pool, leaks.incrementAndGet(), life.bytes, acquiredAt);
        try {
            listener.accept(report);
        } catch (Throwable t) {
            PoolLog.listenerFailed(report, t);
        }
    }

    /** From creation to discard of one pooled thing; its owner may weigh it anew. */
    static final class Life extends PhantomReference<Object> {
        private volatile long bytes;
        private volatile @Nullable Loan loan;

        private Life(Object thing, ReferenceQueue<Object> queue, long bytes) {
            super(thing, queue);
            this.bytes = bytes;
        }

        long bytes() {
            return bytes;
        }

        void bytes(long bytes) {
            this.bytes = bytes;
        }
    }

    /** From acquire to release through one handle. */
    static final class Loan extends PhantomReference<Object> {
        private final Life life;
        private final Throwable acquiredAt;

        private Loan(Object handle, ReferenceQueue<Object> queue, Life life, Throwable acquiredAt) {
            super(handle, queue);
            this.life = life;
            this.acquiredAt = acquiredAt;
        }

        Throwable acquiredAt() {
            return acquiredAt;
        }
    }
}
