package io.millio.net;

/** Why a connection ended: the first cause, whatever came after it. */
public enum CloseReason {
    /** The peer finished, and everything it sent was answered. */
    PEER,
    /** This side closed or aborted it, or the loop was stopped. */
    LOCAL,
    /** The peer reset it, or is gone. */
    RESET,
    /** Nothing was received or sent for the idle time-out. */
    IDLE,
    /** The peer took nothing of what was to be sent for the stall time-out. */
    STALLED,
    /** It reached its greatest age. */
    MAX_AGE,
    /** The peer sent nothing at all for the first-byte time-out. */
    FIRST_BYTE_TIMEOUT,
    /** It could not be established in time. */
    CONNECT_TIMEOUT,
    /** A write found the queue at its cap, or the loop's memory for buffers used up. */
    WRITE_OVERFLOW,
    /** The peer announced or sent a frame above the greatest size. */
    FRAME_TOO_LARGE,
    /** The peer sent bytes that are no frame. */
    MALFORMED_FRAME,
    /** The peer finished in the midst of a frame. */
    INPUT_TRUNCATED,
    /** A callback threw. */
    HANDLER_ERROR,
    /** The system reported an error other than a reset. */
    IO_ERROR,
    /** The server or loop was shut down, and everything received was answered. */
    DRAINED,
    /** The server or loop was shut down, and this connection was not done at the deadline. */
    DRAIN_TIMEOUT,
    /** A limit refused it as it came. */
    REFUSED_LIMIT,
    /** TLS failed. */
    TLS_ERROR
}
