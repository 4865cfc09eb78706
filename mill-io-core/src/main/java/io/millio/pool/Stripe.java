package io.millio.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One array stack behind a lock word. Owned by the thread whose {@link #tryLock()} succeeded, until it unlocks; every
 * other field is touched by the owner only, except for the reads that say "opaque".
 *
 * <p>Whatever is thrown inside, the word is given back: locking and unlocking stand in one method, at the same depth of
 * the stack, so that a thread near its stack's end fails to lock rather than to unlock.
 */
final class Stripe<E> extends StripePadding {
    /** What {@link #tryPop} answers instead of waiting. */
    static final Object LOCKED = new Object();

    private static final int FIRST_CAPACITY = 16;
    private static final int SPINS_BEFORE_YIELD = 64;
    private static final VarHandle LOCK;
    private static final VarHandle SIZE;
    private static final VarHandle LENT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LOCK = lookup.findVarHandle(Stripe.class, "lock", int.class);
            SIZE = lookup.findVarHandle(Stripe.class, "size", int.class);
            LENT = lookup.findVarHandle(Stripe.class, "lent", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through LOCK
    private int lock;

    private int size;
    private int leastSize;

    @SuppressWarnings("unused") // read through LENT
    private long lent;

    private @Nullable Object[] items = new Object[0];

    boolean tryLock() {
        return (int) LOCK.compareAndExchangeAcquire(this, 0, 1) == 0;
    }

    void unlock() {
        LOCK.setRelease(this, 0);
    }

    /** Waits for the owner, who holds the word for a few instructions and never across user code. */
    private void lock() {
        for (int round = 0; !tryLock(); round++) {
            pause(round);
        }
    }

    /** Lets a lock's owner finish; yields the processor when he seems to have lost his, which is all that he lacks. */
    @SuppressWarnings("ThreadPriorityCheck")
    static void pause(int round) {
        if (round % SPINS_BEFORE_YIELD == SPINS_BEFORE_YIELD - 1) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    int sizeOpaque() {
        return (int) SIZE.getOpaque(this);
    }

    long lentOpaque() {
        return (long) LENT.getOpaque(this);
    }

    /** The newest element; null if there is none, {@link #LOCKED} if another thread owns this stripe. */
    @Nullable
    Object tryPop(boolean lending) {
        if (!tryLock()) {
            return LOCKED;
        }
        try {
            int top = size - 1;
            if (top < 0) {
                return null;
            }
            Object element = items[top];
            items[top] = null; // or a lent element that its user lost would look alive for ever
            size = top;
            leastSize = Math.min(leastSize, top);
            if (lending) {
                lent++;
            }
            return element;
        } finally {
            unlock();
        }
    }

    /** False if another thread owns this stripe. */
    boolean tryPush(E element) {
        if (!tryLock()) {
            return false;
        }
        try {
            if (size == items.length) {
                items = Arrays.copyOf(items, Math.max(FIRST_CAPACITY, size * 2));
            }
            items[size] = element;
            size++;
            return true;
        } finally {
            unlock();
        }
    }

    /** Removes the oldest of the elements that stayed here since the last call, {@code most} at most. */
    Object[] removeUnused(int most) {
        lock();
        try {
            int count = Math.min(leastSize, most);
            Object[] removed = new Object[count];
            System.arraycopy(items, 0, removed, 0, count);
            System.arraycopy(items, count, items, 0, size - count);
            Arrays.fill(items, size - count, size, null);
            size -= count;
            leastSize = size;
            return removed;
        } finally {
            unlock();
        }
    }
}
