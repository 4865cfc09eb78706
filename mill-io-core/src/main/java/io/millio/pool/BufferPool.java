package io.millio.pool;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Lends direct buffers in size classes; every method may be called by any thread and none blocks. */
public final class BufferPool {
    private final long maxBytes;
    private final LongAdder bytes = new LongAdder();

    private BufferPool(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    public static BufferPool create(long maxBytes) {
        return new BufferPool(maxBytes);
    }

    /** A cleared direct buffer of at least {@code minCapacity} bytes, or null when the pool's bound of bytes is reached. */
    public @Nullable PooledBuffer tryAcquire(int minCapacity) {
        if (bytes.sum() + minCapacity > maxBytes) {
            return null;
        }
        PooledBuffer buffer = new PooledBuffer(this, ByteBuffer.allocateDirect(Math.max(256, minCapacity)));
        bytes.add(buffer.buffer().capacity());
        return buffer;
    }

    void release(PooledBuffer buffer) {
        bytes.add(-buffer.buffer().capacity());
    }
}
