package io.millio.net;

import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that a connection has received and not yet delivered, oldest first. The reactor adds, the thread of the delivery takes; the
 * queue between them is guarded by the object's own lock, which is held for a copy at the most.
 */
final class Inbox {
    private static final VarHandle BYTES;

    static {
        try {
            BYTES = MethodHandles.lookup().findVarHandle(Inbox.class, "bytes", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Added to by the reactor and taken from by the delivery; a field and no object, for there is one in every connection. */
    private volatile int bytes;

    private @Nullable ArrayDeque<PooledBuffer> queue;

    /** The delivery's: the buffer being delivered, or null. */
    private @Nullable PooledBuffer current;

    /** Any thread: bytes not yet delivered. */
    int bytes() {
        return bytes;
    }

    /**
     * Reactor only: copies what remains of the data, behind what is there.
     *
     * @param reserve lends its buffer if the pool has none left; must be able to hold the data
     */
    void add(ByteBuffer data, BufferPool pool, ReadReserve reserve) {
        int count = data.remaining();
        synchronized (this) {
            if (queue == null) {
                queue = new ArrayDeque<>(4);
            }
            PooledBuffer last = queue.peekLast();
            if (last != null && last.buffer().capacity() - last.buffer().limit() >= count) {
                append(last.buffer(), data);
            } else {
                PooledBuffer fresh = pool.tryAcquire(count);
                if (fresh == null) {
                    fresh = reserve.take();
                }
                fresh.buffer().limit(0);
                append(fresh.buffer(), data);
                queue.addLast(fresh);
            }
        }
        BYTES.getAndAdd(this, count);
    }

    private static void append(ByteBuffer target, ByteBuffer data) {
        int end = target.limit();
        int count = data.remaining();
        target.limit(end + count).put(end, data, data.position(), count);
        data.position(data.limit());
    }

    /** Delivery only: the oldest bytes, the same until {@link #advance} has been told that they are used up; null if there are none. */
    @Nullable
    ByteBuffer peek() {
        if (current == null) {
            synchronized (this) {
                current = queue == null ? null : queue.pollFirst();
            }
        }
        return current == null ? null : current.buffer();
    }

    /** Delivery only: so many bytes of {@link #peek} were delivered. */
    void advance(int count) {
        PooledBuffer delivered = current;
        if (delivered != null && !delivered.buffer().hasRemaining()) {
            current = null;
            delivered.release();
        }
        BYTES.getAndAdd(this, -count);
    }

    /** Delivery only: forgets everything. */
    void clear() {
        if (current != null) {
            current.release();
            current = null;
        }
        synchronized (this) {
            if (queue != null) {
                queue.forEach(PooledBuffer::release);
                queue = null;
            }
        }
        bytes = 0;
    }
}
