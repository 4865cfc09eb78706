package io.millio.pool;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stack of idle elements, cut into stripes so that threads rarely meet; the engine below both pools. Owned by no
 * thread: each stripe belongs to whoever holds its lock word, for the few instructions of one push or pop.
 *
 * <p><b>Protocol.</b> A thread's home is a stripe chosen by its id. It pushes to and pops from its home; if the home is
 * locked by somebody else it goes on to the next stripe instead of waiting, and a pop that finds the home empty takes
 * from the next stripe that is not. So a flow that always acquires here and releases there needs no new elements: the
 * acquirer takes them from the releaser's stripe. A pop answers null only after it has seen every stripe empty; where
 * it met a lock it looks again. LIFO holds within a stripe, not over all of them: the point is a warm cache, not order.
 *
 * <p><b>Why a try-lock and not a lock-free stack.</b> A Treiber stack needs a node per push, or elements that carry
 * their own link; with links that are used again, a pop can compare-and-set a head that went away and came back with
 * another successor (ABA), and two threads get one element. Here nobody acts on what he read before he owned the word:
 * index and array are read, changed and left consistent between lock and unlock, so there is no stale value that a
 * later compare could take for current. The price is that an owner who loses the processor inside makes his stripe
 * unavailable; hence try, go on, and only when nothing else is left wait for him.
 *
 * <p><b>Ordering.</b> {@link Stripe#tryLock()} is an acquire, {@link Stripe#unlock()} a release on the same word. All
 * that a releaser did to an element comes before his unlock, and that comes before the lock of whoever pops it, since
 * the element can be found only under the lock under which it was put, or a later one. The size is also read without
 * the lock, opaque, to pass by empty stripes without a write to their cache line: such a read may be late, which can
 * miss an element just being pushed, and never invents one, because the pop looks again under the lock.
 *
 * <p><b>Not promised.</b> Fairness, a total order, and finding an element that moves from a stripe not yet visited to
 * one already visited. With a single acquiring thread the last cannot happen.
 */
final class StripedStack<E> {
    private static final int MAX_STRIPES = 16;
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;

    private final Stripe<E>[] stripes;
    private final int mask;

    /** With {@code atLeast} stripes, rounded up to a power of two, but 16 at most. */
    StripedStack(int atLeast) {
        this(newStripes(atLeast));
    }

    /** The length is a power of two and at most 16. */
    StripedStack(Stripe<E>[] stripes) {
        this.stripes = stripes;
        mask = stripes.length - 1;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    static <E> Stripe<E>[] newStripes(int atLeast) {
        int wanted = Math.max(1, Math.min(MAX_STRIPES, atLeast));
        Stripe<E>[] stripes = new Stripe[Integer.highestOneBit(wanted * 2 - 1)];
        Arrays.setAll(stripes, i -> new Stripe<>());
        return stripes;
    }

    /** An element that is lent from now on, or null if there was none. */
    @Nullable
    E pop() {
        return take(true);
    }

    /** As {@link #pop()}, for an element that is thrown away instead of lent. */
    @Nullable
    E evict() {
        return take(false);
    }

    @SuppressWarnings("unchecked")
    private @Nullable E take(boolean lending) {
        int home = home();
        for (int round = 0; ; round++) {
            boolean contended = false;
            for (int i = 0; i <= mask; i++) {
                Stripe<E> stripe = stripes[(home + i) & mask];
                Object popped = stripe.sizeOpaque() == 0 ? null : stripe.tryPop(lending);
                if (popped == Stripe.LOCKED) {
                    contended = true;
                } else if (popped != null) {
                    return (E) popped;
                }
            }
            if (!contended) {
                return null;
            }
            Stripe.pause(round);
        }
    }

    /**
     * @throws OutOfMemoryError if the stripe's array had to grow and could not; the element is then not here
     */
    void push(E element) {
        int at = home();
        for (int tries = 0; !stripes[at & mask].tryPush(element); at++, tries++) {
            if (tries > mask) {
                Stripe.pause(tries);
            }
        }
    }

    /** Removes up to {@code most} elements that nobody popped since the last call and passes each on, without a lock. */
    @SuppressWarnings("unchecked")
    int removeUnused(int most, Consumer<? super E> removed) {
        int count = 0;
        for (Stripe<E> stripe : stripes) {
            for (Object element : stripe.removeUnused(most - count)) {
                removed.accept((E) element);
                count++;
            }
        }
        return count;
    }

    /** How many elements lie here; exact when nobody pushes or pops. */
    int size() {
        int sum = 0;
        for (Stripe<E> stripe : stripes) {
            sum += stripe.sizeOpaque();
        }
        return sum;
    }

    /** How often {@link #pop()} succeeded. */
    long lent() {
        long sum = 0;
        for (Stripe<E> stripe : stripes) {
            sum += stripe.lentOpaque();
        }
        return sum;
    }

    /** Consecutive thread ids, and ids a power of two apart, both fall on different stripes. */
    private static int home() {
        return (int) ((Thread.currentThread().getId() * GOLDEN_RATIO) >>> 60);
    }
}
