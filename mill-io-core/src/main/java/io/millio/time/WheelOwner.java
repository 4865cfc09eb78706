package io.millio.time;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Which thread owns a wheel. Any thread may ask; the first that claims becomes the owner until it lets go or ends.
 */
final class WheelOwner {
    private static final VarHandle THREAD;

    static {
        try {
            THREAD = MethodHandles.lookup().findVarHandle(WheelOwner.class, "thread", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile @Nullable Thread thread;

    boolean isCurrentThread() {
        return thread == Thread.currentThread();
    }

    /** Makes the current thread the owner, or fails if another living thread is. */
    void claim() {
        Thread current = Thread.currentThread();
        Thread holder = thread;
        if (holder != current && !replace(holder, current)) {
            throw new IllegalStateException("this timer wheel belongs to " + thread + ", not to " + current
                    + "; use a submit method, or let its owner call clear() first");
        }
    }

    void release() {
        thread = null;
    }

    /** A thread that has ended cannot touch the wheel again, and all it did is visible to whoever saw it ended. */
    private boolean replace(@Nullable Thread holder, Thread current) {
        return (holder == null || !holder.isAlive()) && THREAD.compareAndSet(this, holder, current);
    }
}
