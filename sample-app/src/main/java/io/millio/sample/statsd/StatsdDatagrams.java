package io.millio.sample.statsd;

import io.millio.net.DatagramHandler;
import io.millio.net.UdpEndpoint;
import io.millio.spring.boot.annotation.MillHandler;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * StatsD over UDP, several lines a datagram, which nobody answers. Called on the reactor, for one datagram after the other: it never blocks,
 * and between the socket and a worker there would be one more queue to overflow.
 */
@MillHandler(server = "statsd-udp")
class StatsdDatagrams implements DatagramHandler {
    private final StatsdReceiver receiver;

    StatsdDatagrams(StatsdReceiver receiver) {
        this.receiver = receiver;
    }

    @Override
    public void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) {
        receiver.receive(data, truncated);
    }
}
