package io.millio.net;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * What an endpoint does with the datagrams it receives.
 *
 * <p>Callbacks of one endpoint never overlap, and datagrams are delivered in the order in which they were received.
 * They run on the reactor with DIRECT dispatch, where they must not block, and otherwise on a worker or virtual thread,
 * where they may. {@link #onOpen} comes before everything else, {@link #onClose} last, each once for every start of the
 * endpoint.
 *
 * <p>A callback that throws anything is reported to the loop's error listener, counted, and told to {@link #onError};
 * the endpoint goes on. A connection would be closed, but an endpoint serves all senders, and none of them must be able
 * to close it for the others.
 */
@FunctionalInterface
public interface DatagramHandler {
    /** The endpoint is open: the place to join groups, or to send the first datagram. */
    default void onOpen(UdpEndpoint endpoint) throws Exception {}

    /**
     * A datagram has come, perhaps an empty one.
     *
     * @param sender the address it says it comes from
     * @param data lent for the length of the call; copy what is to be kept
     * @param truncated whether it was longer than the endpoint takes, and the rest is lost
     */
    void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) throws Exception;

    /**
     * A callback threw, or the system reported an error, such as {@link java.net.PortUnreachableException} at a
     * connected endpoint. Of the system's errors that come faster than they are told, the latest is told; the others
     * are only counted.
     */
    default void onError(UdpEndpoint endpoint, Throwable error) throws Exception {}

    /** The endpoint is closed; nothing follows until it is started again. */
    default void onClose(UdpEndpoint endpoint, CloseReason reason) throws Exception {}
}
