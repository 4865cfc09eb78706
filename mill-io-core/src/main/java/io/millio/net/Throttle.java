package io.millio.net;

import io.millio.internal.ReactorPort;
import io.millio.limit.RateLimiter;
import org.jspecify.annotations.Nullable;

/**
 * Where one connection stands with its limits; those without any have none. What concerns bytes is the reactor's, what concerns
 * messages the delivery's, but for the flag that says so.
 *
 * <p>Nobody asks a limiter twice. A message is charged before it is delivered, and bytes after they were read; the wait that a charge
 * costs is then kept, and what waited is admitted unseen. So every connection has a moment of its own in the time of a shared
 * limiter, in the order of the charges: none overtakes another for ever, and none wakes up in vain.
 */
final class Throttle {
    private final ReactorPort reactor;
    private final @Nullable RateLimiter messages;
    private final @Nullable RateLimiter sharedMessages;
    private final @Nullable RateLimiter bytes;
    private final @Nullable RateLimiter sharedBytes;
    private final int mostPerRead;

    // The delivery's.
    private boolean paid;

    // The reactor's.
    private boolean reserved;
    private long readAt;
    boolean readHeld;

    /** Any thread. */
    volatile boolean deliveryHeld;

    Throttle(ReactorPort reactor, @Nullable RateLimit own, @Nullable RateLimit shared) {
        this.reactor = reactor;
        messages = own == null ? null : sibling(own.messages);
        bytes = own == null ? null : sibling(own.bytes);
        sharedMessages = shared == null ? null : shared.messages;
        sharedBytes = shared == null ? null : shared.bytes;
        mostPerRead = Math.min(limit(own), limit(shared));
    }

    /** Null if there is nothing to observe. */
    static @Nullable Throttle of(ReactorPort reactor, StreamOptions options) {
        RateLimit own = options.rateLimit();
        RateLimit shared = options.sharedRateLimit();
        return own == null && shared == null ? null : new Throttle(reactor, own, shared);
    }

    private static @Nullable RateLimiter sibling(@Nullable RateLimiter limiter) {
        return limiter == null ? null : limiter.sibling();
    }

    private static int limit(@Nullable RateLimit limit) {
        return limit == null ? Integer.MAX_VALUE : limit.mostPerRead;
    }

    /** Reactor only: whether anything waits for its turn. */
    boolean holds() {
        return readHeld || deliveryHeld;
    }

    /** The delivery's: nanoseconds for which the next message has to wait; after them it is to be delivered without another question. */
    long message() {
        if (paid) {
            return 0;
        }
        paid = true;
        return charge(messages, sharedMessages, 1);
    }

    /** The delivery's. */
    void delivered() {
        paid = false;
    }

    /** Nanoseconds for which the next read has to wait. A connection that is owed its turn does not care what others have done since. */
    long read() {
        if (!reserved) {
            reserve(charge(bytes, sharedBytes, 0));
        }
        long wait = reserved ? Math.max(0, readAt - reactor.nanos()) : 0;
        reserved = wait > 0;
        return wait;
    }

    int mostPerRead() {
        return mostPerRead;
    }

    void received(int count) {
        reserve(charge(bytes, sharedBytes, count));
    }

    /** The limiter has read the clock already; a later reading makes the next read late by that, an earlier one would make it early. */
    private void reserve(long wait) {
        reserved = wait > 0;
        if (reserved) {
            readAt = reactor.nanos() + wait;
        }
    }

    private static long charge(@Nullable RateLimiter own, @Nullable RateLimiter shared, long permits) {
        return Math.max(own == null ? 0 : own.charge(permits), shared == null ? 0 : shared.charge(permits));
    }
}
