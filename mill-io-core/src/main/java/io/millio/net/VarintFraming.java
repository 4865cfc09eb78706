package io.millio.net;

import java.nio.ByteBuffer;

/**
 * A length as unsigned LEB128, then the payload; the encoding is the one of the Protocol Buffers documentation, "Base
 * 128 Varints". Immutable and stateless; any thread.
 */
final class VarintFraming extends Framing implements FrameCodec {
    private static final int LONGEST = 5;

    private final int maxFrame;
    private final boolean strip;

    VarintFraming(int maxFrame, boolean strip) {
        this.maxFrame = checkMaxFrame(maxFrame, strip ? 0 : 1);
        this.strip = strip;
    }

    @Override
    public long decode(ByteBuffer in, int examined) {
        int have = in.remaining();
        int first = in.position();
        long value = 0;
        for (int i = 0; i < LONGEST; i++) {
            if (i == have) {
                return FrameCodec.missing(1);
            }
            byte next = in.get(first + i);
            value |= (next & 0x7FL) << (7 * i);
            if (next >= 0) {
                return decode(have, i + 1, value);
            }
        }
        throw FramingException.malformed("the varint of the length has more than " + LONGEST + " bytes");
    }

    /** Five bytes carry 35 bits, so the sum has to be a long until it has passed the limit. */
    private long decode(int have, int head, long value) {
        if (value + (strip ? 0 : head) > maxFrame) {
            throw FramingException.announced(value, 0, maxFrame);
        }
        int total = head + (int) value;
        return have < total ? FrameCodec.missing(total - have) : FrameCodec.frame(total, strip ? head : 0, 0);
    }

    @Override
    public int headLength(int payloadLength) {
        int significantBits = Integer.SIZE - Integer.numberOfLeadingZeros(payloadLength | 1);
        return (significantBits + 6) / 7;
    }

    @Override
    public void putHead(ByteBuffer out, int payloadLength) {
        int rest = payloadLength;
        while (rest >>> 7 != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    @Override
    public void checkPayload(ByteBuffer payload) {
        checkOutgoing(payload, strip ? maxFrame : maxFrame - headLength(payload.remaining()), maxFrame);
    }

    @Override
    public VarintFraming maxFrame(int bytes) {
        return new VarintFraming(bytes, strip);
    }

    @Override
    public VarintFraming strip(boolean newStrip) {
        return new VarintFraming(maxFrame, newStrip);
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
        return maxFrame + LONGEST;
    }

    @Override
    String kind() {
        return "varint";
    }

    @Override
    public String toString() {
        return "varint(maxFrame=" + maxFrame + ", strip=" + strip + ")";
    }
}
