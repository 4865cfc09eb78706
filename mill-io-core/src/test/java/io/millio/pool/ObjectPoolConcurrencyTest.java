package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What several threads see of one pool, and the garbage collector. */
@Timeout(120)
class ObjectPoolConcurrencyTest {
    private static final int THREADS = 4;
    private static final int MAX_OBJECTS = 20;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    /** Each object is its own owner word. */
    @ParameterizedTest
    @EnumSource
    void noObjectIsEverLentTwiceAndTheBoundHolds(LeakDetection mode) throws Exception {
        long seed = System.nanoTime();
        int borrowings = (mode == LeakDetection.ALL ? 100_000 : 1_000_000) / THREADS;
        AtomicInteger alive = new AtomicInteger();
        ObjectPool<AtomicInteger> pool = ObjectPool.builder(() -> {
                    assertThat(alive.incrementAndGet()).isLessThanOrEqualTo(MAX_OBJECTS);
                    return new AtomicInteger();
                })
                .maxObjects(MAX_OBJECTS)
                .validate(owner -> System.identityHashCode(owner) % 64 != 0)
                .onDiscard(owner -> alive.decrementAndGet())
                .leakDetection(mode)
                .build();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 1; i <= THREADS; i++) {
            int me = i;
            SplittableRandom random = new SplittableRandom(seed + i);
            running.add(threads.submit(() -> borrowAtRandom(pool, me, random, borrowings)));
        }
        for (Future<?> future : running) {
            try {
                future.get(100, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        ObjectPoolStats stats = pool.stats();
        assertThat(stats.used()).as("seed %d, %s", seed, stats).isZero();
        assertThat(stats.acquired()).isEqualTo((long) borrowings * THREADS);
        assertThat(stats.free()).isEqualTo(alive.get()).isEqualTo(stats.creations() - stats.discarded());
        assertThat(stats.leaks()).isZero();
    }

    private static void borrowAtRandom(
            ObjectPool<AtomicInteger> pool, int me, SplittableRandom random, int borrowings) {
        List<Pooled<AtomicInteger>> held = new ArrayList<>();
        for (int borrowed = 0; borrowed < borrowings; ) {
            Pooled<AtomicInteger> pooled = held.size() < 8 && random.nextBoolean() ? pool.tryAcquire() : null;
            if (pooled != null) {
                assertThat(pooled.get().getAndSet(me)).isZero();
                held.add(pooled);
                borrowed++;
            } else if (!held.isEmpty()) {
                giveBack(held.remove(random.nextInt(held.size())), me);
            }
        }
        held.forEach(pooled -> giveBack(pooled, me));
    }

    private static void giveBack(Pooled<AtomicInteger> pooled, int me) {
        assertThat(pooled.get().getAndSet(0)).isEqualTo(me);
        pooled.release();
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
