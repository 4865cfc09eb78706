package io.millio.net;

import java.nio.ByteBuffer;

/**
 * Finds the end of a frame in bytes that have arrived, and says what goes around a payload that leaves. One codec is
 * shared by all connections of a server and called by their delivering threads at once, so it holds no state of any:
 * the bytes of an unfinished frame are kept for it and shown again.
 *
 * <p>A record of a four-byte type, a one-byte length and that many bytes, delivered whole:
 *
 * <pre>{@code
 * public long decode(ByteBuffer in, int examined) {
 *     if (in.remaining() < 5) {
 *         return FrameCodec.missing(5 - in.remaining());
 *     }
 *     int total = 5 + (in.get(in.position() + 4) & 0xFF);
 *     return in.remaining() < total
 *             ? FrameCodec.missing(total - in.remaining())
 *             : FrameCodec.frame(total, 0, 0);
 * }
 * }</pre>
 *
 * <p>No method may block or keep a buffer. What a method throws ends the connection: a {@link FramingException} with
 * its kind, anything else as an error of the handler.
 */
public interface FrameCodec {
    /** The frame is not complete and it is not known how many bytes are missing. */
    long INCOMPLETE = 0;

    /**
     * Looks for the end of the frame that begins at {@code in.position()}. Neither position nor limit may change, nor
     * may anything be allocated that depends on what the peer announced. The byte order of {@code in} is unspecified:
     * read multi-byte numbers with an order of your own.
     *
     * @param in       the bytes from position to limit, at least one
     * @param examined how many of them an earlier call has seen already and found incomplete; a codec that searches
     *                 goes on from there, so that a frame that arrives byte by byte costs no more than a whole one
     * @return {@link #frame}, {@link #missing} or {@link #INCOMPLETE}
     * @throws FramingException if the frame is malformed or too large; the stream cannot be cut any further
     */
    long decode(ByteBuffer in, int examined);

    /**
     * The number of bytes to put before a payload, 0 to 65 535.
     *
     * @param payloadLength bytes of a payload that passed {@link #checkPayload}
     */
    default int headLength(int payloadLength) {
        return 0;
    }

    /** Puts exactly {@link #headLength} bytes. */
    default void putHead(ByteBuffer out, int payloadLength) {}

    /** The number of bytes to put after a payload, 0 to 65 535. */
    default int tailLength() {
        return 0;
    }

    /** Puts exactly {@link #tailLength} bytes. */
    default void putTail(ByteBuffer out) {}

    /**
     * Refuses a payload that would not arrive as exactly one frame. Position and limit do not change.
     *
     * @throws IllegalArgumentException if the payload cannot be sent with this codec, saying why
     */
    default void checkPayload(ByteBuffer payload) {}

    /**
     * The result for a complete frame.
     *
     * @param total bytes of the whole frame, at least 1
     * @param head  bytes to leave out at its beginning, 0 to 65 535
     * @param tail  bytes to leave out at its end, 0 to 65 535
     * @throws IllegalArgumentException if a number is out of range, or head and tail together exceed the total
     */
    static long frame(int total, int head, int tail) {
        if (total < 1 || (head | tail) >>> 16 != 0 || head + tail > total) {
            throw new IllegalArgumentException("a frame of " + total + " bytes with head " + head + " and tail " + tail
                    + ": total must be at least 1, head and tail 0 to 65535 and together at most the total");
        }
        return (long) total << 32 | (long) head << 16 | tail;
    }

    /**
     * The result for a frame that needs at least so many bytes more; the codec is not called before they are there.
     *
     * @param bytes at least 1
     * @throws IllegalArgumentException if {@code bytes} is less than 1
     */
    static long missing(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("missing is " + bytes + " bytes, must be at least 1; return INCOMPLETE"
                    + " if the number is not known");
        }
        return -bytes;
    }
}
