package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Collected;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What several threads see of one pool, and the garbage collector. */
@Timeout(120)
class ObjectPoolConcurrencyTest {
    @ParameterizedTest
    @EnumSource
    void noObjectIsEverLentTwiceAndTheBoundHolds(LeakDetection mode) throws Exception {
        long seed = System.nanoTime();
        int borrowings = mode == LeakDetection.ALL ? 100_000 : 1_000_000;
        PoolOwnership.Objects end = PoolOwnership.objects(mode, borrowings, seed);
        ObjectPoolStats stats = end.stats();
        assertThat(stats.used()).as("seed %d, %s", seed, stats).isZero();
        assertThat(stats.acquired()).isEqualTo(borrowings);
        assertThat(stats.free()).isEqualTo(end.alive()).isEqualTo(stats.creations() - stats.discarded());
        assertThat(stats.leaks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aLeakedObjectReturnsItsPlaceAndItsWeight(LeakDetection mode) {
        List<LeakReport> reports = new ArrayList<>();
        ObjectPool<byte[]> pool = ObjectPool.builder(() -> new byte[1000])
                .maxObjects(1)
                .weigher(bytes -> bytes.length)
                .leakDetection(mode)
                .leakListener(reports::add)
                .build();
        aCarelessBorrower(pool);
        Collected.await("the lost object", () -> pool.stats().bytes() == 0);
        assertThat(pool.stats().used()).isZero();
        assertThat(pool.stats().leaks()).isOne();
        assertThat(reports).hasSize(1);
        assertThat(reports.get(0).bytes()).isEqualTo(1000);
        if (mode == LeakDetection.ALL) {
            assertThat(reports.get(0).acquiredAt().getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("aCarelessBorrower"));
        }
        assertThat(pool.tryAcquire()).isNotNull();
    }

    @Test
    void anObjectWhoseHandleWasLostStillCountsWhileItIsInUse() {
        ObjectPool<byte[]> pool = ObjectPool.builder(() -> new byte[1000])
                .maxObjects(1)
                .leakDetection(LeakDetection.ALL)
                .leakListener(report -> {})
                .build();
        byte[] inUse = pool.tryAcquire().get();
        Collected.await("the lost handle", () -> pool.stats().leaks() == 1);
        assertThat(pool.tryAcquire()).isNull();
        assertThat(inUse).hasSize(1000);
    }

    private static void aCarelessBorrower(ObjectPool<byte[]> pool) {
        Pooled<byte[]> pooled = pool.tryAcquire();
        assertThat(pooled.get()).hasSize(1000);
    }
}
