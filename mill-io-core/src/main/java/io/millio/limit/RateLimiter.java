package io.millio.limit;

import io.millio.internal.Checks;
import io.millio.time.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * A limit of permits per time, with a burst. Any thread may call every method; none blocks, locks or allocates.
 *
 * <p>Over any history, and however the clock behaves, no more is granted than the burst plus the rate times the time by
 * which the clock has advanced; with {@link #charge} no more than that plus one charge for each thread that charges. A
 * clock that stands still or goes back grants nothing for it. What is <em>not</em> promised: fairness between callers.
 *
 * <pre>{@code
 * RateLimiter limiter = RateLimiter.perSecond(1_000, 50);
 * if (limiter.tryAcquire()) { serve(); } else { retryIn(limiter.nanosUntilAvailable(1)); }
 * }</pre>
 */
public final class RateLimiter {
    /*
     * The generic cell rate algorithm (ITU-T I.371), in its virtual scheduling form. The whole state is one moment, the
     * theoretical arrival time: when the bucket will be full again. It lies in the past of a full bucket, and each permit moves
     * it on by the interval; a request is granted if the moment would then lie at most a burst of intervals ahead.
     *
     * Exactness. Every permit costs the same whole number of units, for otherwise many small requests and few large ones would
     * get different amounts, and one of them more than the burst. A unit is a nanosecond, or as small a power-of-two part of it
     * as keeps the rounding of the interval, which is upwards, below 1 %. Time is cut off at the top by that shift: the limiter
     * works with time modulo 2^64 units, which is 292 years in both directions for rates up to 10 million per second, and two
     * years for the highest rate.
     *
     * Why one CAS is enough: the moment never moves backwards, so every grant moves it on from at least the clock's reading by its
     * cost, and no further than a burst ahead of the clock. The sum of all costs is therefore at most the clock's advance and
     * one burst. A reading that is older than another thread's only makes the answer stricter.
     */

    private static final VarHandle FULL_AT;

    static {
        try {
            FULL_AT = MethodHandles.lookup().findVarHandle(Bucket.class, "fullAt", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Units by which a bucket may be ahead of the clock: beyond this, debt is forgiven. */
    private static final long MAX_AHEAD = 1L << 61;

    private final Ticker ticker;
    private final long burst;
    private final int shift;
    private final long interval;
    private final long burstUnits;
    private final Bucket own;
    private final LongAdder allowed;
    private final LongAdder delayed;

    private RateLimiter(long permits, Duration period, long burst, Ticker ticker) {
        this.ticker = Objects.requireNonNull(ticker, "ticker");
        long nanos = Checks.range(
                "period in ns", Checks.nanos(period), 1, Duration.ofDays(365).toNanos());
        Checks.range("permits per " + period + " (at most one per ns)", permits, 1, nanos);
        int bits = 0;
        while (100 * rounding(nanos << bits, permits) > nanos << bits) {
            bits++;
        }
        this.shift = bits;
        this.interval = ((nanos << bits) + rounding(nanos << bits, permits)) / permits;
        this.burst = Checks.range("burst", burst, 1, MAX_AHEAD / interval);
        this.burstUnits = burst * interval;
        this.own = new Bucket(now());
        this.allowed = new LongAdder();
        this.delayed = new LongAdder();
    }

    private RateLimiter(RateLimiter model) {
        ticker = model.ticker;
        shift = model.shift;
        interval = model.interval;
        burst = model.burst;
        burstUnits = model.burstUnits;
        own = new Bucket(now());
        allowed = model.allowed;
        delayed = model.delayed;
    }

    /** What is to be added to make the number of units divisible by the number of permits. */
    private static long rounding(long units, long permits) {
        return permits - 1 - (units - 1) % permits;
    }

    /**
     * A full limiter with the system's clock.
     *
     * @param permits 1 to 1 000 000 000
     * @param burst permits that may be taken at once after a pause, 1 or more
     * @throws IllegalArgumentException if a value is out of its range, or the burst takes longer to fill than can be
     *     counted
     */
    public static RateLimiter perSecond(long permits, long burst) {
        return of(permits, Duration.ofSeconds(1), burst, Ticker.system());
    }

    /**
     * A full limiter.
     *
     * @param permits granted in each period, 1 or more, and at most one per nanosecond
     * @param period 1 ns to 365 days
     * @param burst permits that may be taken at once after a pause, 1 or more
     * @param ticker the clock
     * @throws IllegalArgumentException if a value is out of its range, or the burst takes longer to fill than can be
     *     counted
     */
    public static RateLimiter of(long permits, Duration period, long burst, Ticker ticker) {
        return new RateLimiter(permits, period, burst, ticker);
    }

    /** A full limiter of the same rate, burst and clock, whose permits are counted together with this one's. */
    public RateLimiter sibling() {
        return new RateLimiter(this);
    }

    /** Takes one permit if there is one now; says whether. */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Takes {@code n} permits if they are there now, all or none; says whether.
     *
     * @param n 1 to the burst
     * @throws IllegalArgumentException if {@code n} is not positive, or above the burst and thus never to be had
     */
    public boolean tryAcquire(long n) {
        return tryAcquire(own, n, now()) == GRANTED;
    }

    static final int GRANTED = 1;
    static final int REFUSED = 0;
    static final int GONE = -1;

    /** The bucket's side of {@link #tryAcquire(long)}; GONE if it was retired. */
    int tryAcquire(Bucket bucket, long n, long now) {
        long cost = cost(n);
        while (true) {
            long fullAt = bucket.fullAt;
            if (fullAt == Bucket.RETIRED) {
                return GONE;
            }
            long ahead = Math.max(0, fullAt - now);
            if (ahead > burstUnits - cost) {
                delayed.add(n);
                return REFUSED;
            }
            if (bucket.move(fullAt, moment(now + ahead + cost))) {
                allowed.add(n);
                return GRANTED;
            }
        }
    }

    /**
     * How long until {@link #tryAcquire(long)} would be granted if nobody else asked; 0 if it would be now.
     *
     * @param n 1 to the burst
     * @throws IllegalArgumentException as there
     */
    public long nanosUntilAvailable(long n) {
        return nanosUntilAvailable(own, n, now());
    }

    long nanosUntilAvailable(Bucket bucket, long n, long now) {
        long fullAt = bucket.fullAt;
        return wait(fullAt == Bucket.RETIRED ? 0 : Math.max(0, fullAt - now), burstUnits - cost(n));
    }

    /**
     * Takes {@code n} permits whether they are there or not, for what has already happened, such as bytes that were
     * read. A caller that waits for as long as it is told before it reads again, and so charges only when nothing is
     * owed, stays within the rate but for the last charge.
     *
     * @param n 0 or more
     * @return nanoseconds until nothing is owed any more; 0 if nothing is
     * @throws IllegalArgumentException if {@code n} is negative
     */
    public long charge(long n) {
        Checks.range("permits", n, 0, Long.MAX_VALUE);
        long now = now();
        long cost = n > MAX_AHEAD / interval ? MAX_AHEAD : n * interval;
        while (true) {
            long fullAt = own.fullAt;
            long ahead = Math.max(0, fullAt - now);
            long then = ahead + Math.min(cost, Math.max(0, MAX_AHEAD - ahead));
            if (own.move(fullAt, moment(now + then))) {
                long wait = wait(then, burstUnits);
                (wait == 0 ? allowed : delayed).add(n);
                return wait;
            }
        }
    }

    /** Nanoseconds, rounded up, until what is ahead of the clock fits into the room. */
    private long wait(long ahead, long room) {
        long lack = ahead - room;
        return lack <= 0 ? 0 : ((lack - 1) >> shift) + 1;
    }

    long cost(long n) {
        if (n < 1 || n > burst) {
            throw new IllegalArgumentException(n + " permits can never be had of a limiter with a burst of " + burst
                    + "; ask for 1 to " + burst + " at a time, or give it a larger burst");
        }
        return n * interval;
    }

    private static long moment(long units) {
        return units == Bucket.RETIRED ? units + 1 : units;
    }

    /** The clock in units; to be compared by subtraction. */
    long now() {
        return ticker.nanos() << shift;
    }

    /** Retires a bucket that is full and has been so for that long, unless somebody takes of it just now. */
    boolean retireIfFull(Bucket bucket, long nanos, long now) {
        long fullAt = bucket.fullAt;
        return now - fullAt >= nanos << shift && bucket.move(fullAt, Bucket.RETIRED);
    }

    /** What has been granted and refused so far. */
    public Stats stats() {
        return new Stats(allowed.sum(), delayed.sum());
    }

    /**
     * Permits so far.
     *
     * @param allowed granted, or charged without a wait
     * @param delayed refused, or charged at the price of a wait
     */
    public record Stats(long allowed, long delayed) {}

    /** The state of one limited thing; shared by all threads through CAS. */
    static class Bucket {
        /** Never a moment: one that falls upon it is taken for the next. */
        static final long RETIRED = Long.MIN_VALUE;

        private volatile long fullAt;

        /** Full at the given time. */
        Bucket(long now) {
            fullAt = now == RETIRED ? now - 1 : now;
        }

        private boolean move(long from, long to) {
            return FULL_AT.compareAndSet(this, from, to);
        }
    }
}
