package io.millio.net;

import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Puts around a payload what its framing asks for; stateless. */
final class OutgoingFrame {
    private OutgoingFrame() {}

    /** Whether the payload is the frame. */
    static boolean isBare(FrameCodec codec, ByteBuffer payload) {
        return codec.headLength(payload.remaining()) + codec.tailLength() == 0;
    }

    /** The whole frame, to be released by the caller, or null if there is no memory for it; the payload is untouched. */
    static @Nullable PooledBuffer build(FrameCodec codec, ByteBuffer payload, BufferPool buffers) {
        int length = payload.remaining();
        int around = codec.headLength(length) + codec.tailLength();
        PooledBuffer whole = buffers.tryAcquire(Math.addExact(around, length));
        if (whole == null) {
            return null;
        }
        try {
            fill(whole.buffer(), codec, payload);
            return whole;
        } catch (RuntimeException | Error e) {
            whole.release();
            throw e;
        }
    }

    private static void fill(ByteBuffer whole, FrameCodec codec, ByteBuffer payload) {
        int length = payload.remaining();
        codec.putHead(whole, length);
        whole.put(whole.position(), payload, payload.position(), length);
        whole.position(whole.position() + length);
        codec.putTail(whole);
        whole.flip();
    }
}
