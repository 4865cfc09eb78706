package io.millio.time;

import org.jspecify.annotations.Nullable;

/**
 * The buckets of a timer wheel: where a timer waits, and which one is next. Confined to the owner thread of the wheel;
 * it knows neither clocks nor tasks.
 */
final class TimerLevels {
    /*
     * A deadline belongs to the tick it lies in. Read a tick as six digits of base 64. A timer waits on the level of
     * the highest digit in which its tick differs from the current one, in the slot that this digit names; ticks that
     * differ above the sixth digit (more than two years ahead, or "never") wait in one overflow bucket. Two facts
     * follow.
     *
     * Order. On level L all waiting ticks agree with the current tick above digit L and exceed it in digit L (on level
     * 0 they may equal it). So every timer of a lower level is earlier than every timer of a higher one, on one level a
     * lower slot is earlier, and no slot ever wraps around: the next bucket is the lowest bit of the lowest bitmap that
     * is not empty. That is why a jump of any length goes from occupied bucket to occupied bucket and never tick by
     * tick.
     *
     * Stability. The current tick enters the range of a bucket above level 0 only by emptying ("cascading") it onto
     * lower levels, which are empty by then. A timer inserted later with the same tick lands behind those that were
     * there, so one tick fires in the order of insertion. A timer moves at most once per level in its life. All of a
     * bucket moves in one go: the price for O(1) elsewhere, some nanoseconds per timer in it.
     *
     * The tick may lag behind the clock when the owner stops early; the order above does not depend on it. It may be
     * set to any tick before the start of the next bucket, as a tick in between shares the leading digits of both.
     *
     * earliest[b] is the smallest deadline in b or, with the sign bit set, a lower bound of it: removing the smallest
     * one would cost a search, so it only marks the bound as stale.
     */
    static final long TICK_NANOS = 1_000_000L;

    static final int LEVELS = 6;
    static final int OVERFLOW = LEVELS << 6;

    /** Timers that a callback made for the tick being fired; they wait here for the end of the current advance. */
    static final int DEFERRED = (LEVELS + 1) << 6;

    /** How many timers {@link #earliestDeadline()} looks at to replace a stale bound by the exact value. */
    static final int SEARCH_LIMIT = 64;

    private static final long STALE = Long.MIN_VALUE;

    final @Nullable TimerNode[] heads = new @Nullable TimerNode[DEFERRED + 1];
    final long[] earliest = new long[DEFERRED + 1];
    final long[] occupied = new long[LEVELS + 2];
    long tick;

    /** Buckets entered and timers looked at, for tests that bound the work instead of timing it. */
    long steps;

    /** State of the pass over the bucket of the present tick, whose timers are only partly due. */
    private @Nullable TimerNode lastKept;

    private long earliestKept;

    /** Forgets the pass over the present tick's bucket, so that the next poll looks at all of it. */
    void beginPass() {
        lastKept = null;
        earliestKept = Long.MAX_VALUE;
    }

    void place(TimerNode node) {
        long due = Math.max(node.deadline / TICK_NANOS, tick);
        int level = levelOf(due ^ tick);
        append(level == LEVELS ? OVERFLOW : level << 6 | slotOf(due, level), node);
    }

    void defer(TimerNode node) {
        append(DEFERRED, node);
    }

    void placeDeferred() {
        if (heads[DEFERRED] != null) {
            replaceAll(DEFERRED);
        }
    }

    void remove(TimerNode node) {
        int bucket = node.bucket;
        if (node == lastKept) {
            lastKept = heads[bucket] == node ? null : node.prev;
        }
        if (node.next == node) {
            vacate(bucket);
        } else {
            if (heads[bucket] == node) {
                heads[bucket] = node.next;
            }
            if (node.deadline == earliest[bucket]) {
                earliest[bucket] |= STALE;
            }
            node.prev.next = node.next;
            node.next.prev = node.prev;
        }
        detach(node);
    }

    /** Unlinks and returns the next timer with a deadline not after {@code now}, or null; moves the tick with it. */
    @Nullable
    TimerNode pollDue(long now) {
        long presentTick = now / TICK_NANOS;
        while (true) {
            int bucket = firstOccupied(LEVELS);
            long start = bucket < 0 ? Long.MAX_VALUE : startOf(bucket);
            if (start > presentTick) {
                tick = presentTick;
                return null;
            }
            tick = start;
            if (bucket < 64) {
                return pollBucket(bucket, now);
            }
            replaceAll(bucket);
        }
    }

    /** Unlinks and returns any timer, due or not, or null if there is none left. */
    @Nullable
    TimerNode pollAny() {
        int bucket = firstOccupied(LEVELS + 1);
        TimerNode node = bucket < 0 ? null : heads[bucket];
        if (node != null) {
            remove(node);
        }
        return node;
    }

    /**
     * The smallest deadline that waits, or {@code Long.MAX_VALUE} if there is none. Exact, unless the earliest of more
     * than {@link #SEARCH_LIMIT} timers in the next bucket was removed; then a lower bound that lies in that bucket.
     */
    long earliestDeadline() {
        int bucket = firstOccupied(LEVELS);
        long next = bucket < 0 ? Long.MAX_VALUE : earliestOf(bucket);
        return heads[DEFERRED] == null ? next : Math.min(next, earliestOf(DEFERRED));
    }

    private long earliestOf(int bucket) {
        if (earliest[bucket] < 0) {
            search(bucket);
        }
        return earliest[bucket] & ~STALE;
    }

    /** Continues the pass; in a bucket of the past everything is due, so it never gets beyond the head there. */
    private @Nullable TimerNode pollBucket(int bucket, long now) {
        if ((earliest[bucket] & ~STALE) > now) {
            return null;
        }
        while (true) {
            TimerNode node = lastKept == null ? heads[bucket] : lastKept.next;
            if (node == null || (lastKept != null && node == heads[bucket])) {
                endPass(bucket);
                return null;
            }
            steps++;
            if (node.deadline <= now) {
                remove(node);
                return node;
            }
            earliestKept = Math.min(earliestKept, node.deadline);
            lastKept = node;
        }
    }

    /** Without this a bound left behind by a cancelled timer would keep the owner awake for the rest of the tick. */
    private void endPass(int bucket) {
        if (heads[bucket] != null) {
            earliest[bucket] = earliestKept | STALE;
        }
    }

    /** Empties a bucket and gives each of its timers, in order, the place that the current tick demands. */
    private void replaceAll(int bucket) {
        TimerNode head = heads[bucket];
        vacate(bucket);
        steps++;
        TimerNode node = head;
        while (node != null) {
            TimerNode following = node.next == node ? null : node.next;
            if (following != null) {
                node.prev.next = following;
                following.prev = node.prev;
            }
            detach(node);
            place(node);
            steps++;
            node = following;
        }
    }

    private void append(int bucket, TimerNode node) {
        TimerNode head = heads[bucket];
        if (head == null) {
            heads[bucket] = node;
            occupied[bucket >> 6] |= 1L << bucket;
            earliest[bucket] = node.deadline;
        } else {
            node.prev = head.prev;
            node.next = head;
            head.prev.next = node;
            head.prev = node;
            // A new timer at or below a stale bound is the earliest again, and the bound exact.
            if (node.deadline <= (earliest[bucket] & ~STALE)) {
                earliest[bucket] = node.deadline;
            }
        }
        node.bucket = bucket;
    }

    private void search(int bucket) {
        TimerNode head = heads[bucket];
        TimerNode node = head;
        long smallest = Long.MAX_VALUE;
        for (int looked = 0; node != null && looked < SEARCH_LIMIT; looked++) {
            steps++;
            smallest = Math.min(smallest, node.deadline);
            node = node.next;
            if (node == head) {
                earliest[bucket] = smallest;
                return;
            }
        }
    }

    private int firstOccupied(int lastLevel) {
        for (int level = 0; level <= lastLevel; level++) {
            if (occupied[level] != 0) {
                return level << 6 | Long.numberOfTrailingZeros(occupied[level]);
            }
        }
        return -1;
    }

    /** The first tick of a bucket's range. */
    private long startOf(int bucket) {
        if (bucket == OVERFLOW) {
            return firstTickOf((earliest[OVERFLOW] & ~STALE) / TICK_NANOS, LEVELS);
        }
        int level = bucket >> 6;
        return firstTickOf(tick, level + 1) | (long) (bucket & 63) << 6 * level;
    }

    private void vacate(int bucket) {
        heads[bucket] = null;
        occupied[bucket >> 6] &= ~(1L << bucket);
    }

    private static void detach(TimerNode node) {
        node.next = node;
        node.prev = node;
        node.bucket = TimerNode.DETACHED;
    }

    /** Clears the lowest {@code digits} digits. */
    private static long firstTickOf(long anyTick, int digits) {
        return anyTick & (-1L << 6 * digits);
    }

    private static int slotOf(long someTick, int level) {
        return (int) (someTick >>> 6 * level) & 63;
    }

    private static int levelOf(long difference) {
        return Math.min(LEVELS, (63 - Long.numberOfLeadingZeros(difference | 1)) / 6);
    }
}
