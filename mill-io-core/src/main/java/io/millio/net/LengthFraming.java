package io.millio.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** An unsigned length of a fixed size, then the payload. Immutable and stateless; any thread. */
final class LengthFraming extends Framing implements FrameCodec {
    private static final int LARGEST_ADJUSTMENT = 65_535;

    private final int lengthBytes;
    private final ByteOrder order;
    private final int adjustment;
    private final int maxFrame;
    private final boolean strip;

    LengthFraming(int lengthBytes, ByteOrder order, int adjustment, int maxFrame, boolean strip) {
        this.lengthBytes = checkLengthBytes(lengthBytes);
        this.order = Objects.requireNonNull(order, "order");
        this.adjustment = checkRange("lengthAdjustment", adjustment, -LARGEST_ADJUSTMENT, LARGEST_ADJUSTMENT);
        this.maxFrame = checkMaxFrame(maxFrame, (strip ? 0 : lengthBytes) + Math.max(0, adjustment));
        this.strip = strip;
    }

    private static int checkLengthBytes(int bytes) {
        if (bytes < 1 || bytes > 4 && bytes != 8) {
            throw new IllegalArgumentException("lengthBytes is " + bytes + ", must be 1, 2, 3, 4 or 8");
        }
        return bytes;
    }

    @Override
    public long decode(ByteBuffer in, int examined) {
        int have = in.remaining();
        if (have < lengthBytes) {
            return FrameCodec.missing(lengthBytes - have);
        }
        int total = lengthBytes + payloadLength(announced(in));
        return have < total ? FrameCodec.missing(total - have) : FrameCodec.frame(total, strip ? lengthBytes : 0, 0);
    }

    /** Byte by byte, because the order of the buffer's own accessors is nobody's promise. */
    private long announced(ByteBuffer in) {
        int first = in.position();
        long value = 0;
        for (int i = 0; i < lengthBytes; i++) {
            int at = order == ByteOrder.BIG_ENDIAN ? i : lengthBytes - 1 - i;
            value = value << 8 | in.get(first + at) & 0xFF;
        }
        return value;
    }

    /** The limit is compared before the adjustment is added: an eight-byte length near 2^63 would overflow. */
    private int payloadLength(long announced) {
        if (announced < 0 || announced > (long) payloadLimit() - adjustment) {
            throw FramingException.announced(announced, adjustment, maxFrame);
        }
        long payload = announced + adjustment;
        if (payload < 0) {
            throw FramingException.malformed("the peer announced " + announced + " bytes, which the adjustment "
                    + adjustment + " makes negative");
        }
        return (int) payload;
    }

    private int payloadLimit() {
        return strip ? maxFrame : maxFrame - lengthBytes;
    }

    @Override
    public int headLength(int payloadLength) {
        return lengthBytes;
    }

    @Override
    public void putHead(ByteBuffer out, int payloadLength) {
        long value = (long) payloadLength - adjustment;
        for (int i = 0; i < lengthBytes; i++) {
            int shift = order == ByteOrder.BIG_ENDIAN ? lengthBytes - 1 - i : i;
            out.put((byte) (value >>> (8 * shift)));
        }
    }

    @Override
    public void checkPayload(ByteBuffer payload) {
        checkOutgoing(payload, payloadLimit(), maxFrame);
        long value = (long) payload.remaining() - adjustment;
        long largest = lengthBytes == 8 ? Long.MAX_VALUE : (1L << (8 * lengthBytes)) - 1;
        if (value < 0 || value > largest) {
            throw new IllegalArgumentException("payload has " + payload.remaining() + " bytes, so its length field is "
                    + value + " with the adjustment " + adjustment + ", but " + lengthBytes
                    + " bytes of length hold 0 to " + largest + "; change the payload or take more bytes of length");
        }
    }

    @Override
    public LengthFraming maxFrame(int bytes) {
        return new LengthFraming(lengthBytes, order, adjustment, bytes, strip);
    }

    @Override
    public LengthFraming byteOrder(ByteOrder newOrder) {
        return new LengthFraming(lengthBytes, newOrder, adjustment, maxFrame, strip);
    }

    @Override
    public LengthFraming lengthAdjustment(int bytes) {
        return new LengthFraming(lengthBytes, order, bytes, maxFrame, strip);
    }

    @Override
    public LengthFraming strip(boolean newStrip) {
        return new LengthFraming(lengthBytes, order, adjustment, maxFrame, newStrip);
    }

    @Override
    public int maxFrame() {
        return maxFrame;
    }

    @Override
    public FrameCodec codec() {
        return this;
    }

    @Override
    int largestTotal() {
        return payloadLimit() + lengthBytes;
    }

    @Override
    String kind() {
        return "length";
    }

    @Override
    public String toString() {
        return "length(" + lengthBytes + ", " + order + ", lengthAdjustment=" + adjustment + ", maxFrame=" + maxFrame
                + ", strip=" + strip + ")";
    }
}
