package io.millio.sample.statsd;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * The different values of a set in the last one to two minutes: those of this minute and of the one before. For any thread, under its
 * monitor. StatsD counts them between two flushes, but who is scraped has none, so the time to forget is fixed.
 */
final class DistinctValues {
    static final Duration WINDOW = Duration.ofMinutes(1);

    private final LongSupplier nanos;
    private final AtomicInteger members;
    private final int most;
    private Set<String> current = new HashSet<>();
    private Set<String> previous = new HashSet<>();
    private long since;

    /**
     * @param nanos the time, as from {@link System#nanoTime}
     * @param members the number of values of all sets, of which this is one
     * @param most how many they may be
     */
    DistinctValues(LongSupplier nanos, AtomicInteger members, int most) {
        this.nanos = nanos;
        this.members = members;
        this.most = most;
        this.since = nanos.getAsLong();
    }

    /** Whether there was room for the value, or it is known. */
    synchronized boolean add(String value) {
        forget();
        if (current.contains(value)) {
            return true;
        }
        if (!previous.remove(value) && members.incrementAndGet() > most) {
            members.decrementAndGet();
            return false;
        }
        return current.add(value);
    }

    synchronized int count() {
        forget();
        return current.size() + previous.size();
    }

    private void forget() {
        long windows = (nanos.getAsLong() - since) / WINDOW.toNanos();
        since += windows * WINDOW.toNanos();
        for (long i = Math.min(windows, 2); i > 0; i--) {
            members.addAndGet(-previous.size());
            previous = current;
            current = new HashSet<>();
        }
    }
}
