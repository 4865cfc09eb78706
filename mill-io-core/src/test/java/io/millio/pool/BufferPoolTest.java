package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What one thread sees of a pool. */
class BufferPoolTest {
    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @CsvSource({
        "0, 256",
        "1, 256",
        "255, 256",
        "256, 256",
        "257, 512",
        "512, 512",
        "513, 1024",
        "8191, 8192",
        "8192, 8192",
        "8193, 16384",
        "65536, 65536",
        "1048575, 1048576",
        "1048576, 1048576",
        "1048577, 1052672",
        "1052672, 1052672",
        "1052673, 1056768"
    })
    void capacityIsTheRequestRoundedUpToItsClass(int minCapacity, int capacity) {
        PooledBuffer pooled = acquire(BufferPool.create(2 * MIB), minCapacity);
        assertThat(pooled.buffer().capacity()).isEqualTo(capacity);
        pooled.release();
    }

    @Test
    void theLargestRequestOverflowsNothing() {
        assertThat(SizeClasses.capacityFor(Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
        assertThat(BufferPool.create(MIB).tryAcquire(Integer.MAX_VALUE)).isNull();
    }

    @Test
    void everyClassHoldsWhatItPromises() {
        for (int i = 0; i < SizeClasses.COUNT; i++) {
            int capacity = SizeClasses.capacityOf(i);
            assertThat(SizeClasses.indexFor(capacity)).isEqualTo(i);
            assertThat(SizeClasses.indexFor(capacity + 1)).isEqualTo(i + 1);
        }
    }

    @Test
    void aNegativeRequestIsRefusedWithItsValue() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BufferPool.create(MIB).tryAcquire(-7))
                .withMessageContaining("-7");
    }

    @Test
    void aNegativeBoundIsRefusedWithItsValue() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BufferPool.create(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BufferPool.builder().trimFloor(-2))
                .withMessageContaining("-2");
    }

    @Test
    void aBoundOfNothingLendsNothing() {
        assertThat(BufferPool.create(0).tryAcquire(0)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void everyBorrowerGetsTheBufferClearedAndBigEndian(LeakDetection mode) {
        BufferPool pool = BufferPool.builder().leakDetection(mode).build();
        PooledBuffer first = acquire(pool, 1000);
        ByteBuffer memory = first.buffer();
        memory.order(ByteOrder.LITTLE_ENDIAN).putInt(1).mark().putInt(2).limit(20);
        first.release();

        PooledBuffer second = acquire(pool, 1000);
        assertThat(second.buffer()).isSameAs(memory);
        assertThat(second.buffer().isDirect()).isTrue();
        assertThat(second.buffer().position()).isZero();
        assertThat(second.buffer().limit()).isEqualTo(1024);
        assertThat(second.buffer().order()).isEqualTo(ByteOrder.BIG_ENDIAN);
        second.release();
    }

    @Test
    void theLastReleasedIsTheFirstLent() {
        BufferPool pool = BufferPool.create(MIB);
        List<PooledBuffer> lent = acquireAll(pool, 256, 3);
        List<ByteBuffer> memory = lent.stream().map(PooledBuffer::buffer).toList();
        lent.forEach(PooledBuffer::release);

        List<PooledBuffer> again = acquireAll(pool, 256, 3);
        assertThat(again.get(0).buffer()).isSameAs(memory.get(2));
        assertThat(again.get(1).buffer()).isSameAs(memory.get(1));
        assertThat(again.get(2).buffer()).isSameAs(memory.get(0));
        again.forEach(PooledBuffer::release);
    }

    @Test
    void theBoundCountsWhatIsLentAndWhatIsKept() {
        BufferPool pool = BufferPool.create(1024);
        List<PooledBuffer> lent = acquireAll(pool, 256, 4);
        assertThat(pool.tryAcquire(1)).isNull();
        assertThat(pool.stats().bytesUsed()).isEqualTo(1024);

        lent.get(0).release();
        assertThat(pool.stats().bytesUsed()).isEqualTo(768);
        assertThat(pool.stats().bytesFree()).isEqualTo(256);
        assertThat(pool.tryAcquire(512)).isNull();
        assertThat(acquire(pool, 256)).isNotNull();
        assertThat(pool.stats().creations()).isEqualTo(4);
    }

    @Test
    void atTheBoundALargerKeptBufferServes() {
        BufferPool pool = BufferPool.create(1024);
        acquire(pool, 1024).release();
        PooledBuffer served = acquire(pool, 256);
        assertThat(served.buffer().capacity()).isEqualTo(1024);
        served.release();
        assertThat(acquire(pool, 1000).buffer().capacity()).isEqualTo(1024);
        assertThat(pool.stats().creations()).isOne();
    }

    @Test
    void atTheBoundKeptBuffersOfOtherClassesMakeRoom() {
        BufferPool pool = BufferPool.create(4096);
        acquireAll(pool, 256, 16).forEach(PooledBuffer::release);
        PooledBuffer large = acquire(pool, 2048);
        assertThat(large.buffer().capacity()).isEqualTo(2048);
        BufferPoolStats stats = pool.stats();
        assertThat(stats.discarded()).isEqualTo(8);
        assertThat(stats.free()).isEqualTo(8);
        assertThat(stats.bytesUsed() + stats.bytesFree()).isEqualTo(4096);
    }

    @Test
    void nothingIsGivenUpForARequestThatCannotFitAnyway() {
        BufferPool pool = BufferPool.create(4096);
        PooledBuffer held = acquire(pool, 2048);
        acquireAll(pool, 256, 8).forEach(PooledBuffer::release);
        assertThat(pool.tryAcquire(4096)).isNull();
        assertThat(pool.stats().free()).isEqualTo(8);
        held.release();
    }

    @Test
    void largeBuffersAreCountedAndNotKept() {
        BufferPool pool = BufferPool.create(4 * MIB);
        PooledBuffer large = acquire(pool, 3 * MIB);
        assertThat(pool.stats().bytesUsed()).isEqualTo(3 * MIB);
        assertThat(pool.tryAcquire(2 * MIB)).isNull();
        large.release();
        BufferPoolStats stats = pool.stats();
        assertThat(stats.bytesUsed()).isZero();
        assertThat(stats.free()).isZero();
        assertThat(stats.discarded()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondReleaseIsRefusedAndTheBufferIsKeptOnce(LeakDetection mode) {
        BufferPool pool = BufferPool.builder().name("twice").leakDetection(mode).build();
        PooledBuffer pooled = acquire(pool, 256);
        pooled.release();
        assertThatIllegalStateException()
                .isThrownBy(pooled::release)
                .withMessageContaining("released twice")
                .withMessageContaining("'twice'")
                .withMessageContaining("256");
        assertThat(pool.stats().free()).isOne();
        PooledBuffer one = acquire(pool, 256);
        PooledBuffer other = acquire(pool, 256);
        assertThat(one.buffer()).isNotSameAs(other.buffer());
        one.release();
        other.release();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondReleaseOfALargeBufferIsRefusedAndCountedOnce(LeakDetection mode) {
        BufferPool pool = BufferPool.builder().leakDetection(mode).build();
        PooledBuffer pooled = acquire(pool, 2 * MIB);
        pooled.release();
        assertThatIllegalStateException().isThrownBy(pooled::release);
        assertThat(pool.stats().bytesUsed()).isZero();
        assertThat(pool.stats().discarded()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void useAfterReleaseIsRefused(LeakDetection mode) {
        PooledBuffer pooled = acquire(BufferPool.builder().leakDetection(mode).build(), 256);
        pooled.release();
        assertThatIllegalStateException().isThrownBy(pooled::buffer).withMessageContaining("used after its release");
    }

    @ParameterizedTest
    @EnumSource(names = {"SAMPLED", "ALL"})
    void withDetectionAStaleHandleStaysRefusedWhenTheMemoryIsLentAgain(LeakDetection mode) {
        BufferPool pool = BufferPool.builder().leakDetection(mode).build();
        PooledBuffer stale = acquire(pool, 256);
        ByteBuffer memory = stale.buffer();
        stale.release();
        PooledBuffer next = acquire(pool, 256);
        assertThat(next.buffer()).isSameAs(memory);
        assertThatIllegalStateException().isThrownBy(stale::release);
        assertThatIllegalStateException().isThrownBy(stale::buffer);
        assertThatCode(next::buffer).doesNotThrowAnyException();
        assertThat(pool.stats().used()).isOne();
        next.release();
    }

    @Test
    void withFullDetectionTheMisuseShowsWhereTheBufferWasAcquired() {
        PooledBuffer pooled =
                acquire(BufferPool.builder().leakDetection(LeakDetection.ALL).build(), 256);
        pooled.release();
        assertThatIllegalStateException().isThrownBy(pooled::release).satisfies(e -> assertThat(
                        e.getCause().getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(BufferPoolTest.class.getName())));
    }

    @Test
    void aFailedAllocationIsARefusalAndGivesItsBytesBack() {
        AtomicBoolean full = new AtomicBoolean(true);
        BufferPool pool = BufferPool.builder()
                .maxBytes(1024)
                .build(
                        capacity -> {
                            if (full.get()) {
                                throw new OutOfMemoryError("planted");
                            }
                            return ByteBuffer.allocateDirect(capacity);
                        },
                        2);
        for (int i = 0; i < 10; i++) {
            assertThat(pool.tryAcquire(1024)).isNull();
        }
        assertThat(pool.stats().bytesUsed()).isZero();
        assertThat(pool.stats().creations()).isZero();
        full.set(false);
        acquire(pool, 1024).release();
    }

    @Test
    void aBrokenAllocatorGivesItsBytesBackToo() {
        BufferPool pool = BufferPool.builder()
                .maxBytes(1024)
                .build(
                        capacity -> {
                            throw new IllegalStateException("planted");
                        },
                        2);
        assertThatIllegalStateException().isThrownBy(() -> pool.tryAcquire(1024));
        assertThat(pool.stats().bytesUsed()).isZero();
    }

    @Test
    void whenTheJvmHasNoDirectMemoryLeftALargerKeptBufferServes() {
        AtomicBoolean full = new AtomicBoolean();
        BufferPool pool = BufferPool.builder()
                .build(
                        capacity -> {
                            if (full.get()) {
                                throw new OutOfMemoryError("planted");
                            }
                            return ByteBuffer.allocateDirect(capacity);
                        },
                        2);
        acquire(pool, 1024).release();
        full.set(true);
        assertThat(acquire(pool, 256).buffer().capacity()).isEqualTo(1024);
    }

    @Test
    void countersAddUpAtRest() {
        BufferPool pool = BufferPool.create(8 * MIB);
        List<PooledBuffer> lent = acquireAll(pool, 4096, 5);
        lent.subList(0, 2).forEach(PooledBuffer::release);
        acquire(pool, 4096);
        acquire(pool, 2 * MIB).release();
        assertThat(pool.stats()).isEqualTo(new BufferPoolStats(4 * 4096, 4096, 4, 1, 7, 6, 1, 0, 8 * MIB));
        assertThat(lent).hasSize(5);
    }

    private static List<PooledBuffer> acquireAll(BufferPool pool, int minCapacity, int count) {
        List<PooledBuffer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(acquire(pool, minCapacity));
        }
        return all;
    }

    private static PooledBuffer acquire(BufferPool pool, int minCapacity) {
        PooledBuffer pooled = pool.tryAcquire(minCapacity);
        assertThat(pooled)
                .as("a buffer of %d bytes from %s", minCapacity, pool.stats())
                .isNotNull();
        return pooled;
    }
}
