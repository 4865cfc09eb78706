package io.millio.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * One borrowed buffer of a {@link BufferPool}; owned by whoever acquired it until {@link #release()}, and free to change
 * threads on the way as long as the hand-over is a safe one (a queue, a lock, a volatile field).
 */
public final class PooledBuffer {
    //  RELEASED --open, by the thread that took it out of the pool--> LENT --release, by anybody, once--> RELEASED
    private static final int RELEASED = 0;
    private static final int LENT = 1;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(PooledBuffer.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final BufferPool pool;
    private final ByteBuffer buffer;
    private final int sizeClass;
    private final LeakTracker.Life life;
    private LeakTracker.@Nullable Loan loan;

    @SuppressWarnings("unused") // through STATE
    private int state;

    PooledBuffer(BufferPool pool, ByteBuffer buffer, int sizeClass, LeakTracker.Life life) {
        this.pool = pool;
        this.buffer = buffer;
        this.sizeClass = sizeClass;
        this.life = life;
    }

    /**
     * The memory itself: direct, big-endian, and at first cleared, that is position 0 and limit at the capacity. Its
     * content is whatever the last borrower left there. Never blocks.
     *
     * <p>The buffer must not be touched after {@link #release()}: it may be somebody else's by then.
     *
     * @throws IllegalStateException if this handle has been released; without leak detection only until the pool lends
     *     the same handle again
     */
    public ByteBuffer buffer() {
        if ((int) STATE.getOpaque(this) != LENT) {
            throw misuse("used after its release");
        }
        return buffer;
    }

    /**
     * Gives the memory back; exactly once, from any thread. Never blocks.
     *
     * @throws IllegalStateException if this handle has been released before; the pool is not harmed. Without leak
     *     detection a second release can be told from a first one only until the pool lends the same handle again
     */
    public void release() {
        if ((int) STATE.getAndSet(this, RELEASED) != LENT) {
            throw misuse("released twice");
        }
        pool.takeBack(this);
    }

    void open() {
        buffer.clear().order(ByteOrder.BIG_ENDIAN);
        STATE.setRelease(this, LENT);
    }

    /** A new handle on the same memory, so that this one can never be mistaken for it. */
    PooledBuffer successor() {
        return new PooledBuffer(pool, buffer, sizeClass, life);
    }

    void loan(LeakTracker.@Nullable Loan loan) {
        this.loan = loan;
    }

    LeakTracker.@Nullable Loan loan() {
        return loan;
    }

    LeakTracker.Life life() {
        return life;
    }

    int sizeClass() {
        return sizeClass;
    }

    int capacity() {
        return buffer.capacity();
    }

    private IllegalStateException misuse(String what) {
        String advice = loan != null
                ? "; the cause shows where it was acquired"
                : "; -D" + LeakDetection.PROPERTY + "=all shows where it was acquired";
        return new IllegalStateException(
                "buffer of " + buffer.capacity() + " bytes from pool '" + pool.name() + "' was " + what
                        + ": release it once, as the last thing done with it" + advice,
                loan != null ? loan.acquiredAt() : null);
    }
}
