package io.millio.net;

import io.millio.limit.RateLimiter;
import io.millio.loop.Dispatch;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How the connections of one server or client are to be; immutable and valid. Durations are in nanoseconds, 0 meaning off.
 *
 * @param owner the server or client in messages, as "server 'echo'"
 */
record StreamOptions(
        String owner,
        Supplier<? extends ConnectionHandler> handlers,
        Dispatch dispatch,
        Framing framing,
        int writeLow,
        int writeHigh,
        int writeCap,
        long idleNanos,
        long readIdleNanos,
        long writeIdleNanos,
        long stallNanos,
        long firstByteNanos,
        long maxAgeNanos,
        long maxAgeJitterNanos,
        SocketOptions socket,
        @Nullable RateLimit rateLimit,
        @Nullable RateLimit sharedRateLimit) {
    Map<String, RateLimiter.Stats> rateLimitStats() {
        Map<String, RateLimiter.Stats> figures = new TreeMap<>();
        if (rateLimit != null) {
            rateLimit.addStats("", figures);
        }
        if (sharedRateLimit != null) {
            sharedRateLimit.addStats("shared-", figures);
        }
        return figures;
    }
}
