package io.millio.internal;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Durations of the last half minute to minute, in buckets of an eighth of a power of two; one writer, any reader.
 *
 * <p>Two windows alternate: the writer fills one and clears the other when it turns over, readers see both. A percentile is
 * the upper edge of its bucket, at most 12.5 % too high; the maximum is exact.
 */
public final class Histogram {
    private static final int SUB_BITS = 3;
    private static final int BUCKETS = (Long.SIZE - SUB_BITS + 1) << SUB_BITS;

    private final long windowNanos;
    private final AtomicLongArray[] windows = {new AtomicLongArray(BUCKETS + 1), new AtomicLongArray(BUCKETS + 1)};
    private volatile int current;
    private long windowStart;
    private boolean begun;

    public Histogram(long windowNanos) {
        this.windowNanos = windowNanos;
    }

    /** Writer only. */
    public void record(long nowNanos, long valueNanos) {
        if (!begun || nowNanos - windowStart >= windowNanos) {
            turnOver(nowNanos);
        }
        AtomicLongArray window = windows[current];
        long value = Math.max(0, valueNanos);
        int bucket = bucket(value);
        window.setOpaque(bucket, window.getPlain(bucket) + 1);
        if (value > window.getPlain(BUCKETS)) {
            window.setOpaque(BUCKETS, value);
        }
    }

    private void turnOver(long nowNanos) {
        int other = 1 - current;
        boolean stale = begun && nowNanos - windowStart >= 2 * windowNanos;
        clear(windows[other]);
        if (stale) {
            clear(windows[current]);
        }
        current = other;
        windowStart = nowNanos;
        begun = true;
    }

    private static void clear(AtomicLongArray window) {
        for (int i = 0; i < window.length(); i++) {
            window.setOpaque(i, 0);
        }
    }

    /** Any thread: the largest value of the two windows. */
    public long max() {
        return Math.max(windows[0].getOpaque(BUCKETS), windows[1].getOpaque(BUCKETS));
    }

    /** Any thread: the value below which the given share of the values lies; 0 if there are none. */
    public long percentile(double share) {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += count(i);
        }
        long wanted = (long) Math.ceil(total * share);
        long seen = 0;
        for (int i = 0; i < BUCKETS && total > 0; i++) {
            seen += count(i);
            if (seen >= wanted) {
                return Math.min(upperEdge(i), max());
            }
        }
        return 0;
    }

    private long count(int bucket) {
        return windows[0].getOpaque(bucket) + windows[1].getOpaque(bucket);
    }

    private static int bucket(long value) {
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(value | 1);
        if (exponent < SUB_BITS) {
            return (int) value;
        }
        int sub = (int) (value >>> (exponent - SUB_BITS)) & ((1 << SUB_BITS) - 1);
        return ((exponent - SUB_BITS + 1) << SUB_BITS) + sub;
    }

    private static long upperEdge(int bucket) {
        int exponent = bucket >>> SUB_BITS;
        if (exponent == 0) {
            return bucket;
        }
        long sub = (bucket & ((1 << SUB_BITS) - 1)) + 1L + (1L << SUB_BITS);
        return exponent > Long.SIZE - 2 * SUB_BITS + 1 ? Long.MAX_VALUE : (sub << (exponent - 1)) - 1;
    }
}
