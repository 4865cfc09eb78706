package io.millio.net;

import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.util.ArrayList;
import java.util.List;

/** Tells from outside how much of a pool is lent, by taking what is left. Owned by one test thread. */
final class PoolProbe {
    private PoolProbe() {}

    /** How many small buffers the pool has left; they are given back. */
    static int left(BufferPool pool) {
        List<PooledBuffer> taken = takeAll(pool);
        taken.forEach(PooledBuffer::release);
        return taken.size();
    }

    static List<PooledBuffer> takeAll(BufferPool pool) {
        List<PooledBuffer> taken = new ArrayList<>();
        for (PooledBuffer next = pool.tryAcquire(1); next != null; next = pool.tryAcquire(1)) {
            taken.add(next);
        }
        return taken;
    }
}
