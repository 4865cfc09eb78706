package io.millio.internal.transport;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** What a datagram socket tells the endpoint above it; throws nothing. */
public interface DatagramSink {
    /** On the reactor's thread: a datagram came; the buffer is lent for the call. */
    void received(SocketAddress sender, ByteBuffer data, boolean truncated);

    /** On whichever thread sends: a datagram of so many bytes was given to the network. */
    void sent(int bytes);

    /** On whichever thread sends or receives: the system reported an error, of this or an earlier datagram; the socket goes on. */
    void failed(Throwable cause);

    /** On whichever thread sends, or closes: so many datagrams that had been taken are lost. */
    void dropped(String reason, int count);

    /** On the reactor's thread: the socket cannot be watched any more; it is to be closed. */
    void lost(Throwable cause);
}
