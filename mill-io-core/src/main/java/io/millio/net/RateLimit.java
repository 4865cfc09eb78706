package io.millio.net;

import io.millio.internal.Checks;
import io.millio.limit.RateLimiter;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How many messages and bytes may be received per second. For any thread, and for several servers and clients: those
 * that are given the same object by {@link TcpServer.Builder#sharedRateLimit} share what it grants.
 *
 * <p>Over the limit nothing is dropped: delivery waits for the next message's turn, and reading for that of the next
 * bytes, until the system's buffers are full and TCP slows the peer down. Over any time no more is delivered than the
 * burst, plus the rate times the time, plus one message, and one read of at most the burst (but of up to 1 KiB with a
 * smaller one) and 64 KiB, for each connection that shares the limit. A message is a frame or, without framing, a piece
 * of at most 16 KiB.
 *
 * <p>A limit holds during a drain too, whose deadline then cuts what is left. It does not hold for what a connection
 * had received when its peer reset it, 128 KiB at the most: that is delivered at once, and counted. Idle time-outs
 * stand still while a connection waits for its turn.
 */
public final class RateLimit {
    private static final int LEAST_READ = 1024;
    private static final int MOST_READ = 64 * 1024;

    private final long messagesPerSecond;
    private final long bytesPerSecond;
    private final Duration burst;

    final @Nullable RateLimiter messages;
    final @Nullable RateLimiter bytes;
    final int mostPerRead;

    private RateLimit(long messagesPerSecond, long bytesPerSecond, Duration burst, Ticker ticker) {
        if (messagesPerSecond == 0 && bytesPerSecond == 0) {
            throw new IllegalArgumentException(
                    "a rate limit of 0 messages and 0 bytes per second limits nothing; set one of them, or leave it out");
        }
        this.messagesPerSecond = messagesPerSecond;
        this.bytesPerSecond = bytesPerSecond;
        this.burst = burst;
        this.messages = limiter("messages per second", messagesPerSecond, burst, ticker);
        this.bytes = limiter("bytes per second", bytesPerSecond, burst, ticker);
        this.mostPerRead = (int)
                Math.max(LEAST_READ, Math.min(bytes == null ? MOST_READ : permits(bytesPerSecond, burst), MOST_READ));
    }

    private static @Nullable RateLimiter limiter(String name, long perSecond, Duration burst, Ticker ticker) {
        Checks.range(name, perSecond, 0, 1_000_000_000);
        return perSecond == 0
                ? null
                : RateLimiter.of(perSecond, Duration.ofSeconds(1), permits(perSecond, burst), ticker);
    }

    private static long permits(long perSecond, Duration burst) {
        return (long) Math.max(1, 1e-9 * perSecond * burst.toNanos());
    }

    /**
     * A limit by the system's clock.
     *
     * @param messagesPerSecond 1 to 1 000 000 000, or 0 for no limit
     * @param bytesPerSecond 1 to 1 000 000 000, or 0 for no limit
     * @param burst for how long a pause saves up what may then come at once, 0 to 1 hour: 1 s is one second's worth; at
     *     least one message or byte. Below some milliseconds high rates are not reached, for timers are no finer
     * @throws IllegalArgumentException if a value is out of its range, or both rates are 0
     */
    public static RateLimit of(long messagesPerSecond, long bytesPerSecond, Duration burst) {
        return of(messagesPerSecond, bytesPerSecond, burst, Ticker.system());
    }

    /**
     * As {@link #of(long, long, Duration)} by another clock, which must be that of the loops if those have one of their
     * own.
     */
    public static RateLimit of(long messagesPerSecond, long bytesPerSecond, Duration burst, Ticker ticker) {
        Checks.range("burst in ns", Checks.nanos(burst), 0, Duration.ofHours(1).toNanos());
        return new RateLimit(messagesPerSecond, bytesPerSecond, burst, Objects.requireNonNull(ticker, "ticker"));
    }

    /** Messages delivered at once and after a wait, by all that use this limit; none if they are not limited. */
    public RateLimiter.Stats messageStats() {
        return stats(messages);
    }

    /**
     * Bytes received that delayed nothing, and that made the next read wait, by all that use this limit; none if they
     * are not limited.
     */
    public RateLimiter.Stats byteStats() {
        return stats(bytes);
    }

    private static RateLimiter.Stats stats(@Nullable RateLimiter limiter) {
        return limiter == null ? new RateLimiter.Stats(0, 0) : limiter.stats();
    }

    /** Adds the figures of the limiters that there are, under their names with something before them. */
    void addStats(String prefix, Map<String, RateLimiter.Stats> figures) {
        if (messages != null) {
            figures.put(prefix + "messages", messages.stats());
        }
        if (bytes != null) {
            figures.put(prefix + "bytes", bytes.stats());
        }
    }

    @Override
    public String toString() {
        return "RateLimit[" + messagesPerSecond + " messages/s, " + bytesPerSecond + " bytes/s, burst " + burst + "]";
    }
}
