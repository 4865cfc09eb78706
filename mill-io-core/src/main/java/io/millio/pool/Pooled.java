package io.millio.pool;

/**
 * One borrowed object of an {@link ObjectPool}; owned by whoever acquired it until {@link #release()}, and free to
 * change threads on the way as long as the hand-over is a safe one (a queue, a lock, a volatile field).
 *
 * @param <T> what is lent
 */
public final class Pooled<T> extends Handle implements AutoCloseable {
    private final ObjectPool<T> pool;
    private final T object;

    Pooled(ObjectPool<T> pool, T object, LeakTracker.Life life) {
        super(life);
        this.pool = pool;
        this.object = object;
    }

    /**
     * The object itself, not to be touched after {@link #release()}. Never blocks.
     *
     * @throws IllegalStateException if this handle has been released; without leak detection only until the pool lends
     *     the same handle again
     */
    public T get() {
        checkLent();
        return object;
    }

    /**
     * Gives the object back; exactly once, from any thread. Runs the pool's reset hook on the calling thread.
     *
     * @throws IllegalStateException if this handle has been released before; the pool is not harmed. Without leak
     *     detection a second release can be told from a first one only until the pool lends the same handle again
     * @throws RuntimeException what the reset hook or the weigher threw; the object is then discarded
     */
    public void release() {
        endLoan();
        pool.takeBack(this);
    }

    /** The same as {@link #release()}, for try-with-resources: exactly one of the two, once. */
    @Override
    public void close() {
        release();
    }

    /** The object, lent or not. */
    T object() {
        return object;
    }

    /** A new handle on the same object, so that this one can never be mistaken for it. */
    Pooled<T> successor() {
        return new Pooled<>(pool, object, life());
    }

    @Override
    String description() {
        return "object from pool '" + pool.name() + "'";
    }
}
