package io.millio.net;

import java.util.Map;

/**
 * A snapshot of what an endpoint has done since it was made; counters go on over stop and start.
 *
 * @param datagramsIn datagrams received, those included that were dropped before the handler saw them
 * @param datagramsOut datagrams given to the network
 * @param bytesIn bytes of the datagrams received, without those cut off
 * @param bytesOut bytes of the datagrams given to the network
 * @param dropped datagrams lost in this process, by reason: send-queue (no room for more), mailbox (the handler is too slow), memory (the
 *     loop's buffers are used up), refused (by the system), closed (the endpoint was, or was closed before their turn;
 *     of begun work, too, whether it would have had an answer or not)
 * @param truncated datagrams received that were longer than the endpoint takes
 * @param errors what the system reported, such as a port that is unreachable
 * @param handlerErrors what callbacks have thrown, by the simple name of its class
 * @param sendQueue datagrams that wait for room in the socket now
 * @param mailbox datagrams that wait for the handler now
 */
public record UdpStats(
        long datagramsIn,
        long datagramsOut,
        long bytesIn,
        long bytesOut,
        Map<String, Long> dropped,
        long truncated,
        long errors,
        Map<String, Long> handlerErrors,
        int sendQueue,
        int mailbox) {
    /** Copies the maps. */
    public UdpStats {
        dropped = Map.copyOf(dropped);
        handlerErrors = Map.copyOf(handlerErrors);
    }
}
