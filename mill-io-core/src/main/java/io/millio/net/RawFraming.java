package io.millio.net;

import java.nio.ByteBuffer;

/** No framing: whatever has arrived is the frame. Immutable and stateless; any thread. */
final class RawFraming extends Framing implements FrameCodec {
    static final RawFraming INSTANCE = new RawFraming();

    private RawFraming() {}

    @Override
    public long decode(ByteBuffer in, int examined) {
        return FrameCodec.frame(in.remaining(), 0, 0);
    }

    @Override
    public int maxFrame() {
        return 0;
    }

    @Override
    public FrameCodec codec() {
        return this;
    }

    @Override
    int largestTotal() {
        return Integer.MAX_VALUE;
    }

    @Override
    String kind() {
        return "none";
    }

    @Override
    public String toString() {
        return "none()";
    }
}
