package io.millio.net;

import java.util.concurrent.TimeUnit;

/**
 * A rate of connections per second with a burst of one second's worth, by the generic cell rate algorithm: one moment in time says
 * all. Confined to the accepting reactor.
 */
final class AcceptRate {
    private final long intervalNanos;
    private final long burstNanos;
    private long nextNanos;

    /** A rate of 0 never limits. */
    AcceptRate(int perSecond, long now) {
        this.intervalNanos = perSecond == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.burstNanos = TimeUnit.SECONDS.toNanos(1) - intervalNanos;
        this.nextNanos = now - TimeUnit.SECONDS.toNanos(1);
    }

    /** How long to wait before the next connection, or 0. */
    long nanosUntilNext(long now) {
        return intervalNanos == 0 ? 0 : Math.max(0, nextNanos - burstNanos - now);
    }

    /** A connection was accepted. */
    void accepted(long now) {
        nextNanos = (nextNanos - now > 0 ? nextNanos : now) + intervalNanos;
    }
}
