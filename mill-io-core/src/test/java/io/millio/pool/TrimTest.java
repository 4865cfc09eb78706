package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrimTest {
    @Test
    void whatWasUsedSinceTheLastTrimStays() {
        BufferPool pool = BufferPool.builder().trimFloor(0).build();
        use(pool, 1024, 10);
        assertThat(pool.trim()).as("all ten were just used").isZero();
        use(pool, 1024, 4);
        assertThat(pool.trim()).as("six were not needed").isEqualTo(6 * 1024);
        assertThat(pool.stats().free()).isEqualTo(4);
        assertThat(pool.trim()).as("nobody came").isEqualTo(4 * 1024);
        assertThat(pool.stats().bytesFree()).isZero();
        assertThat(pool.stats().discarded()).isEqualTo(10);
    }

    @Test
    void theOldestGoFirst() {
        BufferPool pool = BufferPool.builder().trimFloor(0).build();
        use(pool, 1024, 3);
        pool.trim();
        PooledBuffer newest = pool.tryAcquire(1024);
        var memory = newest.buffer();
        newest.release();
        pool.trim();
        assertThat(pool.tryAcquire(1024).buffer()).isSameAs(memory);
    }

    @Test
    void theFloorIsLeft() {
        BufferPool pool = BufferPool.builder().trimFloor(4096).build();
        use(pool, 1024, 10);
        pool.trim();
        assertThat(pool.trim()).isEqualTo(6 * 1024);
        assertThat(pool.trim()).isZero();
        assertThat(pool.stats().bytesFree()).isEqualTo(4096);
    }

    @Test
    void largeBuffersGoBeforeSmallOnes() {
        BufferPool pool = BufferPool.builder().trimFloor(2048).build();
        use(pool, 1024, 2);
        use(pool, 65_536, 2);
        pool.trim();
        assertThat(pool.trim()).isEqualTo(2 * 65_536);
        assertThat(pool.stats().free()).isEqualTo(2);
    }

    @Test
    void trimmedBytesAreFreeForOthers() {
        BufferPool pool = BufferPool.builder().maxBytes(4096).trimFloor(0).build();
        use(pool, 4096, 1);
        pool.trim();
        pool.trim();
        assertThat(pool.stats().bytesUsed() + pool.stats().bytesFree()).isZero();
        use(pool, 256, 16);
    }

    @Test
    void lentBuffersAreNotTouched() {
        BufferPool pool = BufferPool.builder().trimFloor(0).build();
        PooledBuffer held = pool.tryAcquire(1024);
        pool.trim();
        pool.trim();
        assertThat(pool.stats().bytesUsed()).isEqualTo(1024);
        held.release();
        assertThat(pool.stats().free()).isOne();
    }

    private static void use(BufferPool pool, int capacity, int count) {
        List<PooledBuffer> lent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PooledBuffer pooled = pool.tryAcquire(capacity);
            assertThat(pooled).isNotNull();
            lent.add(pooled);
        }
        lent.forEach(PooledBuffer::release);
    }
}
