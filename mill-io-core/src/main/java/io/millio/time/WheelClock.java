package io.millio.time;

import java.util.Objects;

/**
 * The time of one wheel: nanoseconds since it was made, so it begins at 0 and plain comparison is right whatever the
 * ticker's origin. The reading {@link #now} belongs to the wheel's owner thread; the other methods are for any thread.
 */
final class WheelClock {
    private final Ticker ticker;
    private final long origin;
    private long now;

    WheelClock(Ticker ticker) {
        this.ticker = Objects.requireNonNull(ticker, "ticker");
        this.origin = ticker.nanos();
    }

    /** The owner's last reading. */
    long now() {
        return now;
    }

    /** Reads the ticker for the owner. A ticker that steps back makes time stand still until it has caught up. */
    long read() {
        now = Math.max(now, elapsed());
        return now;
    }

    /** Reads the ticker for any thread. */
    long elapsed() {
        return Math.max(0, ticker.nanos() - origin);
    }

    long onTickerScale(long nanos) {
        return origin + nanos;
    }

    /** The first moment after the present one that is a whole number of periods after {@code deadline}. */
    long nextMultiple(long deadline, long period) {
        long missed = (now - deadline) / period;
        return plus(deadline + missed * period, period);
    }

    /** A moment and a delay added; a negative delay counts as none, a sum out of range as its end. */
    static long plus(long nanos, long delayNanos) {
        long sum = nanos + Math.max(0, delayNanos);
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
