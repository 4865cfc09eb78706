package io.millio.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Says how a byte stream is cut into frames, so that each {@link ConnectionHandler#onData onData} receives exactly one.
 * Immutable and without state of any connection: any thread may use it, and one instance serves a whole server.
 *
 * <pre>{@code
 * Framing.lines().maxFrame(8192);                                    // text, at most 8 KiB a line
 * Framing.lengthPrefixed(4).byteOrder(ByteOrder.LITTLE_ENDIAN);      // a four-byte length before each payload
 * Framing.lengthPrefixed(2).lengthAdjustment(-2);                    // the length counts its own two bytes
 * Framing.delimiter("\r\n".getBytes(StandardCharsets.US_ASCII));     // CRLF and nothing else
 * }</pre>
 *
 * <p>Every method that looks like a setter returns a changed copy. Asking for an option that the kind of framing does
 * not have is a mistake in the program or its configuration and throws {@link IllegalStateException}:
 *
 * <table>
 * <caption>Which kind has which option</caption>
 * <tr><th></th><th>none</th><th>lines</th><th>delimiter</th><th>fixed</th><th>length</th><th>varint</th><th>custom</th></tr>
 * <tr><td>{@code maxFrame}</td><td></td><td>x</td><td>x</td><td></td><td>x</td><td>x</td><td>x</td></tr>
 * <tr><td>{@code strip}</td><td></td><td>x</td><td>x</td><td></td><td>x</td><td>x</td><td></td></tr>
 * <tr><td>{@code byteOrder}</td><td></td><td></td><td></td><td></td><td>x</td><td></td><td></td></tr>
 * <tr><td>{@code lengthAdjustment}</td><td></td><td></td><td></td><td></td><td>x</td><td></td><td></td></tr>
 * <tr><td>{@code deliverPartialAtEnd}</td><td></td><td>x</td><td></td><td></td><td></td><td></td><td></td></tr>
 * </table>
 *
 * <p><b>Memory.</b> A length that the peer announces allocates nothing: what is held of an unfinished frame grows only
 * with the bytes that arrived, to {@link #maxFrame(int) maxFrame} and the head and terminator at most, and a length over
 * the limit ends the connection at once.
 *
 * <p><b>Outgoing.</b> {@code connection.writeFrame(data)} takes the payload alone and adds head or terminator,
 * whatever {@link #strip(boolean) strip} says: stripping decides only what the handler sees. To send a frame that was
 * delivered unstripped as it is, use {@code connection.write(data)}. A payload that a peer with the same framing would
 * refuse, or cut differently, is refused with {@link IllegalArgumentException} before anything is sent.
 */
public abstract sealed class Framing
        permits RawFraming, LineFraming, DelimiterFraming, FixedFraming, LengthFraming, VarintFraming, CustomFraming {

    static final int DEFAULT_MAX_FRAME = 1 << 20;

    /** Leaves room for head and terminator below the 2 GiB that a buffer can index. */
    static final int LARGEST_FRAME = 1 << 30;

    Framing() {}

    /** No frames: bytes are delivered as they were read, cut wherever the network cut them. */
    public static Framing none() {
        return RawFraming.INSTANCE;
    }

    /**
     * Lines of bytes that end with LF or CRLF, mixed as they come; a CR elsewhere is part of the line. An empty line is
     * an empty frame. Nothing is decoded: the bytes may be of any charset in which LF is the byte 10. On the way out
     * lines end with LF; for a protocol that insists on CRLF use {@link #delimiter(byte[]) delimiter}.
     */
    public static Framing lines() {
        return new LineFraming(DEFAULT_MAX_FRAME, true, false);
    }

    /**
     * Frames that end with the given bytes; the first complete occurrence ends the frame.
     *
     * @param delimiter 1 to 255 bytes, copied
     * @throws IllegalArgumentException if the delimiter is empty or longer than 255 bytes
     */
    public static Framing delimiter(byte[] delimiter) {
        Objects.requireNonNull(delimiter, "delimiter");
        return new DelimiterFraming(delimiter.clone(), DEFAULT_MAX_FRAME, true);
    }

    /**
     * Frames of one size, without head or terminator.
     *
     * @param size bytes of every frame, 1 to 1 073 741 824
     * @throws IllegalArgumentException if {@code size} is out of range
     */
    public static Framing fixed(int size) {
        return new FixedFraming(checkRange("size", size, 1, LARGEST_FRAME));
    }

    /**
     * An unsigned length, then as many bytes of payload; big-endian unless {@link #byteOrder(ByteOrder)} says otherwise.
     *
     * @param lengthBytes bytes of the length: 1, 2, 3, 4 or 8
     * @throws IllegalArgumentException if {@code lengthBytes} is another number
     */
    public static Framing lengthPrefixed(int lengthBytes) {
        return new LengthFraming(lengthBytes, ByteOrder.BIG_ENDIAN, 0, DEFAULT_MAX_FRAME, true);
    }

    /**
     * A length as an unsigned LEB128 number of one to five bytes, then as many bytes of payload: what Protocol Buffers
     * writes as "delimited". A longer spelling than needed is accepted within five bytes; a sixth is malformed.
     */
    public static Framing varint() {
        return new VarintFraming(DEFAULT_MAX_FRAME, true);
    }

    /**
     * Frames cut by the given codec, which is shared by all connections and must hold no state of any.
     *
     * @param codec asked by the delivering threads of all connections at once
     */
    public static Framing custom(FrameCodec codec) {
        return new CustomFraming(Objects.requireNonNull(codec, "codec"), DEFAULT_MAX_FRAME);
    }

    /**
     * The largest number of bytes that one {@code onData} receives; 1 MiB unless set. With {@link #strip(boolean)
     * strip(false)} the head or terminator is part of what is delivered and counts; stripped, it does not. For a
     * custom codec the whole frame counts, head and tail included. A length over the limit fails as soon as it has been
     * read, a line as soon as no terminator can come in time.
     *
     * @param bytes 1 to 1 073 741 824, and at least the head or terminator if that is kept
     * @throws IllegalArgumentException if {@code bytes} is out of range
     * @throws IllegalStateException    if this framing is none or fixed
     */
    public Framing maxFrame(int bytes) {
        throw hasNo("maxFrame");
    }

    /**
     * The order of the length's bytes; big-endian unless set.
     *
     * @throws IllegalStateException if this framing has no length field of a fixed size
     */
    public Framing byteOrder(ByteOrder order) {
        throw hasNo("byteOrder");
    }

    /**
     * What to add to the announced length to get the number of bytes that follow the length field; 0 unless set.
     * Negative if the length counts its own field too, positive if it leaves out a header that follows it. The opposite
     * is done on the way out.
     *
     * @param bytes -65 535 to 65 535, and not more than {@link #maxFrame(int) maxFrame} admits
     * @throws IllegalArgumentException if {@code bytes} is out of range
     * @throws IllegalStateException    if this framing has no length field of a fixed size
     */
    public Framing lengthAdjustment(int bytes) {
        throw hasNo("lengthAdjustment");
    }

    /**
     * Whether the length or the terminator is taken off what the handler receives; true unless set.
     *
     * @throws IllegalArgumentException if it is to be kept and is longer than {@link #maxFrame(int) maxFrame}
     * @throws IllegalStateException    if this framing is none, fixed or custom
     */
    public Framing strip(boolean strip) {
        throw hasNo("strip");
    }

    /**
     * Whether a last line without terminator is delivered when the peer has finished; false unless set: it is dropped
     * and the connection ends as INPUT_TRUNCATED. It is delivered byte for byte, a CR at its end included.
     *
     * @throws IllegalStateException if this framing is not lines
     */
    public Framing deliverPartialAtEnd(boolean deliver) {
        throw hasNo("deliverPartialAtEnd");
    }

    /** The largest number of bytes that one {@code onData} receives, or 0 for {@link #none()}, which sets no limit. */
    public abstract int maxFrame();

    /** The codec that does the cutting; for a codec that builds on another, and for tests that speak to a server. */
    public abstract FrameCodec codec();

    /** Bytes of the largest frame on the wire, or a few more; what is unfinished never has to hold as many. */
    abstract int largestTotal();

    abstract String kind();

    boolean deliversPartialAtEnd() {
        return false;
    }

    private IllegalStateException hasNo(String option) {
        return new IllegalStateException("framing " + kind() + " has no option " + option + "; leave it unset");
    }

    static int checkRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
        }
        return value;
    }

    /** Refuses a limit that no frame could keep, since the bytes that are delivered with each exceed it already. */
    static int checkMaxFrame(int maxFrame, int leastDelivered) {
        checkRange("maxFrame", maxFrame, 1, LARGEST_FRAME);
        if (maxFrame < leastDelivered) {
            throw new IllegalArgumentException(
                    "maxFrame is " + maxFrame + ", but every frame has at least " + leastDelivered
                            + " bytes with this framing; raise maxFrame first, or strip the head or terminator");
        }
        return maxFrame;
    }

    static void checkOutgoing(ByteBuffer payload, int limit, int maxFrame) {
        if (payload.remaining() > limit) {
            throw new IllegalArgumentException("payload has " + payload.remaining() + " bytes, at most " + limit
                    + " fit a frame with maxFrame " + maxFrame + "; split it or raise maxFrame at both ends");
        }
    }
}
