package io.millio.internal.transport;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** One connected stream as a connection sees it. Methods are for the reactor's thread unless they say otherwise; none blocks. */
public interface Transport {
    /** Begins: from now on the sink is called. Reading is on. */
    void start(TransportSink sink);

    /**
     * Any thread: takes all of the data, to be sent after what was taken before.
     *
     * @return false if there is no memory to keep what the network does not take now; some of it may have been sent, so that the
     *     stream has a hole and must be aborted
     */
    boolean send(ByteBuffer data);

    /** Any thread: takes the part over, to be sent after what was taken before; needs no memory. */
    void send(OutputPart part);

    /** What arrives from now on stays with the system, which slows the peer down in the end. */
    void pauseReading();

    void resumeReading();

    /**
     * Reads on until nothing is left that has arrived, or reading is paused by the sink, or a few megabytes were read: a peer that
     * sends without end must not hold this up for ever.
     *
     * @return whether it came to an end, and not to a pause
     */
    boolean readAvailable();

    /** Tells the peer that nothing follows; everything taken must have been written. */
    void finishOutput();

    /**
     * Releases everything; the sink hears no more of it but for a call under way. Idempotent. Any thread if it was never started.
     */
    void close();

    /** As {@link #close}, and resets the stream so that the peer does not take a cut answer for a whole one. */
    void abort();

    /** Any thread. */
    SocketAddress remoteAddress();

    /** Any thread. */
    SocketAddress localAddress();
}
