package io.millio.net;

import java.nio.ByteBuffer;

/**
 * A user's codec, with the bounds that the library promises for every connection and with checks of the codec's own
 * promises. Immutable and, as far as the codec keeps its contract, stateless; any thread.
 */
final class CustomFraming extends Framing implements FrameCodec {
    private final FrameCodec codec;
    private final int maxFrame;

    CustomFraming(FrameCodec codec, int maxFrame) {
        this.codec = codec;
        this.maxFrame = checkMaxFrame(maxFrame, 1);
    }

    /** The codec sees no more than a legal frame can have, so that its verdict is the same however the bytes are cut. */
    @Override
    public long decode(ByteBuffer in, int examined) {
        int end = in.limit();
        if (in.remaining() <= maxFrame) {
            return decodeVisible(in, examined);
        }
        in.limit(in.position() + maxFrame);
        try {
            return decodeVisible(in, examined);
        } finally {
            in.limit(end);
        }
    }

    private long decodeVisible(ByteBuffer in, int examined) {
        int position = in.position();
        int limit = in.limit();
        long result = codec.decode(in, examined);
        if (in.position() != position || in.limit() != limit) {
            throw broken("moved position or limit of the buffer it was to look at");
        }
        if (result > 0) {
            checkFrame(result, limit - position, examined);
        } else {
            checkUnfinished(result, limit - position);
        }
        return result;
    }

    private void checkFrame(long result, int have, int examined) {
        int total = FrameAssembler.total(result);
        if (total > have || total <= examined || FrameAssembler.length(result) < 0) {
            throw broken("returned a frame of " + total + " bytes, head " + FrameAssembler.head(result) + " and tail "
                    + FrameAssembler.tail(result) + ", for " + have + " bytes of which the first " + examined
                    + " were said to be incomplete");
        }
    }

    /** Without this a codec that never finds an end would let its peer fill the memory. */
    private void checkUnfinished(long result, int have) {
        long negatedLeast = Math.min(result, -1);
        if (negatedLeast < (long) have - maxFrame) {
            throw result == INCOMPLETE
                    ? FramingException.unterminated(have, "the end of the frame", maxFrame)
                    : FramingException.announced(have - result, 0, maxFrame);
        }
    }

    private IllegalStateException broken(String what) {
        return new IllegalStateException("codec " + codec.getClass().getName() + " " + what);
    }

    @Override
    public int headLength(int payloadLength) {
        return codec.headLength(payloadLength);
    }

    @Override
    public void putHead(ByteBuffer out, int payloadLength) {
        codec.putHead(out, payloadLength);
    }

    @Override
    public int tailLength() {
        return codec.tailLength();
    }

    @Override
    public void putTail(ByteBuffer out) {
        codec.putTail(out);
    }

    @Override
    public void checkPayload(ByteBuffer payload) {
        codec.checkPayload(payload);
        checkOutgoing(payload, maxFrame - headLength(payload.remaining()) - tailLength(), maxFrame);
    }

    @Override
    public CustomFraming maxFrame(int bytes) {
        return new CustomFraming(codec, bytes);
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
        return maxFrame;
    }

    @Override
    String kind() {
        return "custom";
    }

    @Override
    public String toString() {
        return "custom(" + codec + ", maxFrame=" + maxFrame + ")";
    }
}
