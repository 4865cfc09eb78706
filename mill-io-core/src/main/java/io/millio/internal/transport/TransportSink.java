package io.millio.internal.transport;

import java.nio.ByteBuffer;

/** What a transport tells the connection above it; throws nothing. */
public interface TransportSink {
    /** On the reactor's thread, before each read: how many bytes there is memory for; if none, do not read, the sink has paused. */
    int receivable();

    /** On the reactor's thread: bytes arrived; the buffer is lent for the call, and what is not taken then is lost. */
    void received(ByteBuffer data);

    /** On the reactor's thread: the peer has finished; nothing is received any more. */
    void inputFinished();

    /** On whichever thread flushed: so many bytes more were given to the network, in order. */
    void written(long bytes);

    /** On a worker: so many bytes more of a file were given to the network, beside those that {@link #written} tells of. */
    void progressed(long bytes);

    /** On the reactor's thread: the stream is broken, by the peer or by the system; {@code reset} if the peer is just gone. */
    void broken(Throwable cause, boolean reset);
}
