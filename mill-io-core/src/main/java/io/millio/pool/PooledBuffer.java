package io.millio.pool;

import java.nio.ByteBuffer;

/** One borrowed buffer of a {@link BufferPool}; owned by whoever acquired it until {@link #release()}. */
public final class PooledBuffer {
    private final BufferPool pool;
    private final ByteBuffer buffer;

    PooledBuffer(BufferPool pool, ByteBuffer buffer) {
        this.pool = pool;
        this.buffer = buffer;
    }

    /** The memory itself, direct; not to be touched after {@link #release()}. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Gives the memory back; exactly once, from any thread. */
    public void release() {
        pool.release(this);
    }
}
