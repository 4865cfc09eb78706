package io.millio.net;

/** Why a connection ended: the first cause, whatever came after it. */
public enum CloseReason {
    /** The peer finished, and everything it sent was answered. */
    PEER,
    /** This side closed or aborted it, or the loop was stopped without a drain. */
    LOCAL,
    /** The peer reset it, or is gone. */
    RESET,
    /** Nothing was received or sent for the idle time-out. */
    IDLE,
    /** The peer took nothing of what was to be sent for the stall time-out. */
    STALLED,
    /** It reached its maximum age. */
    MAX_AGE,
    /** The peer sent nothing at all for the first-byte time-out. */
    FIRST_BYTE_TIMEOUT,
    /**
     * Kept for attempts to connect that took too long. Not given today: such an attempt has no connection, and its
     * future fails.
     */
    CONNECT_TIMEOUT,
    /** A write found the queue at its cap, or the loop's memory for buffers used up. */
    WRITE_OVERFLOW,
    /** The peer announced or sent a frame larger than the framing allows. */
    FRAME_TOO_LARGE,
    /** The peer sent bytes that are no frame. */
    MALFORMED_FRAME,
    /** The peer finished in the middle of a frame. */
    INPUT_TRUNCATED,
    /** A callback threw. */
    HANDLER_ERROR,
    /** The system reported an error other than a reset. */
    IO_ERROR,
    /** The server or loop was shut down, and everything received was answered. */
    DRAINED,
    /** The server or loop was shut down, and this connection was not finished at the deadline. */
    DRAIN_TIMEOUT,
    /**
     * Kept for connections refused by a limit. Not given today: they are reset before they have a handler, and counted
     * as rejected.
     */
    REFUSED_LIMIT,
    /** Kept for failures of TLS, which Mill-IO does not have yet. */
    TLS_ERROR
}
