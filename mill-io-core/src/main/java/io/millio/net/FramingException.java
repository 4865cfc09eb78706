package io.millio.net;

import java.util.Objects;

/**
 * The bytes of a connection could not be cut into frames. Thrown and caught by the thread that delivers for the
 * connection, which ends; it carries no stack trace, because a peer can cause any number of them.
 */
public final class FramingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** A frame over the limit, announced or without a terminator in time. */
        TOO_LARGE,
        /** Bytes that no frame can begin with. */
        MALFORMED,
        /** No memory could be had to hold an unfinished frame; no byte is lost, and trying again later may succeed. */
        NO_MEMORY
    }

    private final Kind kind;

    /**
     * For codecs of one's own.
     *
     * @param message what was found and what was expected; it is reported to the error listener
     */
    public FramingException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    /** What went wrong; it decides the reason with which the connection closes. */
    public Kind kind() {
        return kind;
    }

    /** A length was announced; unsigned, since an eight-byte one may use all its bits. */
    static FramingException announced(long length, int adjustment, int maxFrame) {
        String adjusted = adjustment == 0 ? "" : " (to be adjusted by " + adjustment + ")";
        return new FramingException(
                Kind.TOO_LARGE,
                "frame too large: the peer announced " + Long.toUnsignedString(length) + " bytes" + adjusted
                        + ", maxFrame is " + maxFrame + "; raise maxFrame if the peer is right");
    }

    static FramingException unterminated(int seen, String terminator, int maxFrame) {
        return new FramingException(
                Kind.TOO_LARGE,
                "frame too large: " + seen + " bytes without " + terminator + " in time, maxFrame is " + maxFrame
                        + "; raise maxFrame if the peer is right");
    }

    static FramingException malformed(String message) {
        return new FramingException(Kind.MALFORMED, "malformed frame: " + message);
    }

    static FramingException noMemory(int wanted, int held) {
        return new FramingException(
                Kind.NO_MEMORY,
                "no memory for an unfinished frame: the buffer pool lent no " + wanted + " bytes, " + held
                        + " are held; raise the pool's bound or lower maxFrame or the number of connections");
    }
}
