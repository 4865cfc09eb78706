package io.millio.net;

import io.millio.limit.RateLimiter;
import java.time.Duration;
import java.util.Map;

/**
 * A snapshot of what a server has done since it was made; counters go on over stop and start.
 *
 * @param active connections open now
 * @param maxConnections the greatest number of connections
 * @param accepted connections accepted
 * @param rejected connections refused, by the limit: max-connections, accept-rate, max-connections-per-address
 * @param closed connections closed, by reason
 * @param connected sum of the durations of the closed ones
 * @param bytesIn bytes received
 * @param bytesOut bytes given to the network
 * @param messagesIn pieces or frames delivered to the handler
 * @param messagesOut writes accepted
 * @param pendingBytes bytes written and not yet taken by the network, over all open connections
 * @param readsPaused how often reading from a connection was paused
 * @param acceptFailures how often accepting failed
 * @param handlerErrors what callbacks have thrown, by the simple name of its class
 * @param rateLimits permits of the limits that there are: messages, bytes, shared-messages, shared-bytes
 */
public record ServerStats(
        int active,
        int maxConnections,
        long accepted,
        Map<String, Long> rejected,
        Map<CloseReason, Long> closed,
        Duration connected,
        long bytesIn,
        long bytesOut,
        long messagesIn,
        long messagesOut,
        long pendingBytes,
        long readsPaused,
        long acceptFailures,
        Map<String, Long> handlerErrors,
        Map<String, RateLimiter.Stats> rateLimits) {
    /** Copies the maps. */
    public ServerStats {
        rejected = Map.copyOf(rejected);
        closed = Map.copyOf(closed);
        handlerErrors = Map.copyOf(handlerErrors);
        rateLimits = Map.copyOf(rateLimits);
    }
}
