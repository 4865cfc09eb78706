package io.millio.net;

import java.nio.ByteBuffer;

/** Frames of one size. Immutable and stateless; any thread. */
final class FixedFraming extends Framing implements FrameCodec {
    private final int size;

    FixedFraming(int size) {
        this.size = size;
    }

    @Override
    public long decode(ByteBuffer in, int examined) {
        int have = in.remaining();
        return have < size ? FrameCodec.missing(size - have) : FrameCodec.frame(size, 0, 0);
    }

    @Override
    public void checkPayload(ByteBuffer payload) {
        if (payload.remaining() != size) {
            throw new IllegalArgumentException("payload has " + payload.remaining()
                    + " bytes, every frame of this framing has exactly " + size + "; split or pad it");
        }
    }

    @Override
    public int maxFrame() {
        return size;
    }

    @Override
    public FrameCodec codec() {
        return this;
    }

    @Override
    int largestTotal() {
        return size;
    }

    @Override
    String kind() {
        return "fixed";
    }

    @Override
    public String toString() {
        return "fixed(" + size + ")";
    }
}
