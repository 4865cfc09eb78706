package io.millio.pool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One borrowed buffer of a {@link BufferPool}; owned by whoever acquired it until {@link #release()}, and free to change
 * threads on the way as long as the hand-over is a safe one (a queue, a lock, a volatile field).
 */
public final class PooledBuffer extends Handle {
    private final BufferPool pool;
    private final ByteBuffer buffer;
    private final int sizeClass;

    PooledBuffer(BufferPool pool, ByteBuffer buffer, int sizeClass, LeakTracker.Life life) {
        super(life);
        this.pool = pool;
        this.buffer = buffer;
        this.sizeClass = sizeClass;
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
        checkLent();
        return buffer;
    }

    /**
     * Gives the memory back; exactly once, from any thread. Never blocks.
     *
     * @throws IllegalStateException if this handle has been released before; the pool is not harmed. Without leak
     *     detection a second release can be told from a first one only until the pool lends the same handle again
     */
    public void release() {
        endLoan();
        pool.takeBack(this);
    }

    void prepare() {
        buffer.clear().order(ByteOrder.BIG_ENDIAN);
    }

    /** A new handle on the same memory, so that this one can never be mistaken for it. */
    PooledBuffer successor() {
        return new PooledBuffer(pool, buffer, sizeClass, life());
    }

    int sizeClass() {
        return sizeClass;
    }

    int capacity() {
        return buffer.capacity();
    }

    @Override
    String description() {
        return "buffer of " + buffer.capacity() + " bytes from pool '" + pool.name() + "'";
    }
}
