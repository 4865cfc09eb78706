package io.millio.net;

import java.time.Duration;
import java.util.Map;

/**
 * A snapshot of what a client has done since it was made; counters go on when its loop is started again.
 *
 * @param active connections open now
 * @param connecting connections that are asked for and not open: attempts under way, and those waiting for the next one
 * @param opened connections made
 * @param failed attempts that failed, by the cause: connect-timeout, unresolved, refused, io-error, cancelled, stopped
 * @param closed connections closed, by reason
 * @param connected sum of the durations of the closed ones
 * @param bytesIn bytes received
 * @param bytesOut bytes given to the network
 * @param messagesIn pieces or frames delivered to the handler
 * @param messagesOut writes accepted
 * @param pendingBytes bytes written and not yet taken by the network, over all open connections
 * @param readsPaused how often reading from a connection was paused
 * @param handlerErrors what callbacks have thrown, by the simple name of its class
 */
public record ClientStats(
        int active,
        int connecting,
        long opened,
        Map<String, Long> failed,
        Map<CloseReason, Long> closed,
        Duration connected,
        long bytesIn,
        long bytesOut,
        long messagesIn,
        long messagesOut,
        long pendingBytes,
        long readsPaused,
        Map<String, Long> handlerErrors) {
    /** Copies the maps. */
    public ClientStats {
        failed = Map.copyOf(failed);
        closed = Map.copyOf(closed);
        handlerErrors = Map.copyOf(handlerErrors);
    }
}
