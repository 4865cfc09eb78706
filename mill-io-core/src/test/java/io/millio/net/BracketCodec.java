package io.millio.net;

import java.nio.ByteBuffer;

/** A user's codec: '<', one byte of length, the payload, '>'. Stateless; any thread. */
final class BracketCodec implements FrameCodec {
    @Override
    public long decode(ByteBuffer in, int examined) {
        int start = in.position();
        if (in.get(start) != '<') {
            throw new FramingException(FramingException.Kind.MALFORMED, "a frame begins with <");
        }
        if (in.remaining() < 2) {
            return INCOMPLETE;
        }
        int total = (in.get(start + 1) & 0xFF) + 3;
        if (in.remaining() < total) {
            return FrameCodec.missing(total - in.remaining());
        }
        if (in.get(start + total - 1) != '>') {
            throw new FramingException(FramingException.Kind.MALFORMED, "a frame ends with >");
        }
        return FrameCodec.frame(total, 2, 1);
    }

    @Override
    public int headLength(int payloadLength) {
        return 2;
    }

    @Override
    public void putHead(ByteBuffer out, int payloadLength) {
        out.put((byte) '<').put((byte) payloadLength);
    }

    @Override
    public int tailLength() {
        return 1;
    }

    @Override
    public void putTail(ByteBuffer out) {
        out.put((byte) '>');
    }

    @Override
    public void checkPayload(ByteBuffer payload) {
        if (payload.remaining() > 255) {
            throw new IllegalArgumentException("payload has " + payload.remaining() + " bytes, at most 255 fit");
        }
    }

    @Override
    public String toString() {
        return "brackets";
    }
}
