package io.millio.limit;

import io.millio.internal.Checks;
import io.millio.limit.RateLimiter.Bucket;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RateLimiter} for each key, for a bounded number of keys. Any thread may call every method; a known key needs
 * no lock, a new one a short one, and either costs the same however many keys there are.
 *
 * <p>A key is remembered until it has its full burst back, and a while longer: 1 s, or 10 s if it has been used more
 * than once. After that its place may be given to another key; it loses nothing by that, but needs a place again. When
 * no place is free, new keys share one limiter of the same rate. So somebody who comes with a million keys takes
 * nothing away from the keys in use, and gets no more than the places hold. What is <em>not</em> promised is a place
 * for a new key in the middle of that.
 *
 * <p>Memory: about 80 bytes and the key for each place taken, 5 MiB with the default number. Keys need {@code equals}
 * and {@code hashCode} that do not change; if they are {@code Comparable}, hashes that collide on purpose do no harm.
 */
public final class KeyedRateLimiter<K> {
    /** Keys that are remembered by default. */
    public static final int DEFAULT_MAX_KEYS = 65_536;

    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long GRACE_IN_USE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Places looked at for a new key; the next one looks further, so all places have their turn. */
    private static final int MAX_LOOKS = 16;

    private final int maxKeys;

    /** The rate, and the bucket of the keys without a place. */
    private final RateLimiter shared;

    private final ConcurrentMap<K, Entry<K>> entries = new ConcurrentHashMap<>();
    private final LongAdder overflowed = new LongAdder();

    // Both guarded by the monitor of places, as is every addition to the map and every removal.
    private final List<Entry<K>> places = new ArrayList<>();
    private int hand;

    private KeyedRateLimiter(RateLimiter shared, int maxKeys) {
        this.shared = shared;
        this.maxKeys = Checks.range("keys", maxKeys, 1, 1 << 24);
    }

    /** Limits each of at most 65 536 keys, with the system's clock; see {@link RateLimiter#perSecond}. */
    public static <K> KeyedRateLimiter<K> perSecond(long permits, long burst) {
        return of(permits, Duration.ofSeconds(1), burst, DEFAULT_MAX_KEYS, Ticker.system());
    }

    /**
     * Limits each key; see {@link RateLimiter#of}.
     *
     * @param maxKeys keys that are remembered, 1 to 16 777 216
     * @throws IllegalArgumentException if a value is out of its range
     */
    public static <K> KeyedRateLimiter<K> of(long permits, Duration period, long burst, int maxKeys, Ticker ticker) {
        return new KeyedRateLimiter<>(RateLimiter.of(permits, period, burst, ticker), maxKeys);
    }

    /** Takes one of the key's permits if there is one now; says whether. */
    public boolean tryAcquire(K key) {
        return tryAcquire(key, 1);
    }

    /**
     * Takes {@code n} of the key's permits if they are there now, all or none; says whether.
     *
     * @param n 1 to the burst
     * @throws IllegalArgumentException if {@code n} is not positive, or above the burst
     */
    public boolean tryAcquire(K key, long n) {
        long now = shared.now();
        Entry<K> entry = entries.get(key);
        if (entry != null) {
            int result = shared.tryAcquire(entry, n, now);
            if (result != RateLimiter.GONE) {
                entry.inUse = true;
                return result == RateLimiter.GRANTED;
            }
        }
        return enter(key, n, now);
    }

    /**
     * The first permits are taken before anybody can give the place away: who holds the monitor is the only one who
     * could.
     */
    private boolean enter(K key, long n, long now) {
        long unused = shared.cost(n);
        synchronized (places) {
            Entry<K> entry = entries.get(key);
            if (entry == null) {
                entry = admit(key, now);
            }
            if (entry != null) {
                return shared.tryAcquire(entry, n, now) == RateLimiter.GRANTED;
            }
        }
        overflowed.increment();
        return shared.tryAcquire(n);
    }

    /** Under the monitor: null if no place was found. */
    private @Nullable Entry<K> admit(K key, long now) {
        Entry<K> entry = new Entry<>(key, now);
        if (places.size() < maxKeys) {
            places.add(entry);
            entries.put(key, entry);
            return entry;
        }
        for (int looks = Math.min(MAX_LOOKS, maxKeys); looks > 0; looks--) {
            int place = hand;
            hand = place + 1 == maxKeys ? 0 : place + 1;
            Entry<K> old = places.get(place);
            if (shared.retireIfFull(old, old.inUse ? GRACE_IN_USE_NANOS : GRACE_NANOS, now)) {
                entries.remove(old.key);
                places.set(place, entry);
                entries.put(key, entry);
                return entry;
            }
        }
        return null;
    }

    /**
     * How long until {@link #tryAcquire(Object, long)} would be granted if nobody else asked; 0 if it would be now. For
     * a key without a place it is what the limiter shared by such keys says, although the key may get a place.
     */
    public long nanosUntilAvailable(K key, long n) {
        Entry<K> entry = entries.get(key);
        if (entry != null) {
            return shared.nanosUntilAvailable(entry, n, shared.now());
        }
        long withoutPlace = shared.nanosUntilAvailable(n);
        return entries.size() < maxKeys ? 0 : withoutPlace;
    }

    /** Keys remembered now. */
    public int keys() {
        return entries.size();
    }

    /** Requests so far of keys without a place. */
    public long overflowed() {
        return overflowed.sum();
    }

    /** Permits of all keys together. */
    public RateLimiter.Stats stats() {
        return shared.stats();
    }

    private static final class Entry<K> extends Bucket {
        private final K key;

        /** Written by any thread, read under the monitor; nothing hangs on the instant at which it is seen. */
        private boolean inUse;

        Entry(K key, long now) {
            super(now);
            this.key = key;
        }
    }
}
