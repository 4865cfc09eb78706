package io.millio.net;

/** What became of a write, or, with the differences that {@link UdpEndpoint#send} tells, of a datagram. */
public enum WriteResult {
    /** All of it was sent or queued; the buffer is consumed. */
    ACCEPTED,
    /** As ACCEPTED, but the queue is above its high watermark: write no more until {@link ConnectionHandler#onWritable}. */
    CONGESTED,
    /**
     * None of it was taken and the buffer is untouched: the connection was closed for writing already, or the queue had no room left
     * and the connection is aborted with {@link CloseReason#WRITE_OVERFLOW}.
     */
    REJECTED
}
