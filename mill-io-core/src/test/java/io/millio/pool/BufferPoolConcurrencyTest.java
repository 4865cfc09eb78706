package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What several threads see of one pool. */
@Timeout(120)
class BufferPoolConcurrencyTest {
    private static final int THREADS = 4;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void noBufferIsEverLentTwice(LeakDetection mode) throws Exception {
        long seed = System.nanoTime();
        int operations = mode == LeakDetection.ALL ? 100_000 : 1_000_000;
        BufferPoolStats stats = PoolOwnership.buffers(mode, operations, seed);
        assertThat(stats.used()).as("seed %d, %s", seed, stats).isZero();
        assertThat(stats.bytesUsed()).isZero();
        assertThat(stats.leaks()).isZero();
        assertThat(stats.acquired()).isEqualTo(operations);
        assertThat(stats.creations()).isEqualTo(stats.free() + stats.discarded());
        assertThat(stats.bytesFree()).isLessThanOrEqualTo(PoolOwnership.MAX_BYTES);
    }

    @Test
    void theBoundHoldsAtEveryInstant() throws Exception {
        long seed = System.nanoTime();
        long bound = 100_000;
        BufferPool pool = BufferPool.create(bound);
        AtomicLong lent = new AtomicLong();
        AtomicBoolean done = new AtomicBoolean();
        Future<Long> watcher = threads.submit(() -> {
            long most = 0;
            do {
                BufferPoolStats stats = pool.stats();
                most = Math.max(most, stats.bytesUsed() + stats.bytesFree());
            } while (!done.get());
            return most;
        });
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = new SplittableRandom(seed + i);
            tasks.add(() -> {
                for (int n = 0; n < 100_000; n++) {
                    PooledBuffer pooled = pool.tryAcquire(random.nextInt(60_000));
                    if (pooled != null) {
                        int capacity = pooled.buffer().capacity();
                        assertThat(lent.addAndGet(capacity)).isLessThanOrEqualTo(bound);
                        lent.addAndGet(-capacity);
                        pooled.release();
                    }
                }
                return null;
            });
        }
        runAll("seed " + seed, tasks);
        done.set(true);
        assertThat(watcher.get(30, TimeUnit.SECONDS))
                .as("seed %d", seed)
                .isPositive()
                .isLessThanOrEqualTo(bound);
        assertThat(pool.stats().discarded())
                .as("the bound was felt, seed %d", seed)
                .isPositive();
        assertThat(pool.stats().bytesUsed()).isZero();
    }

    @Test
    void aFlowFromOneThreadToAnotherAllocatesNothingInSteadyState() throws Exception {
        int inFlight = 32;
        BufferPool pool = BufferPool.create(1 << 20);
        BlockingQueue<PooledBuffer> flow = new ArrayBlockingQueue<>(inFlight);
        List<PooledBuffer> first = new ArrayList<>();
        for (int i = 0; i < inFlight + 2; i++) { // the queue, and one in each thread's hands
            first.add(pool.tryAcquire(4096));
        }
        first.forEach(PooledBuffer::release);

        int messages = 200_000;
        Callable<Void> reactor = () -> {
            for (int i = 0; i < messages; i++) {
                PooledBuffer pooled = pool.tryAcquire(4096);
                pooled.buffer().putInt(0, i);
                assertThat(flow.offer(pooled, 30, TimeUnit.SECONDS)).isTrue();
            }
            return null;
        };
        Callable<Void> worker = () -> {
            for (int i = 0; i < messages; i++) {
                PooledBuffer pooled = flow.poll(30, TimeUnit.SECONDS);
                assertThat(pooled.buffer().getInt(0)).isEqualTo(i);
                pooled.release();
            }
            return null;
        };
        runAll("flow", List.of(reactor, worker));
        assertThat(pool.stats().creations()).isEqualTo(inFlight + 2);
        assertThat(pool.stats().acquired()).isEqualTo(inFlight + 2 + messages);
    }

    /** Thread after thread, a different number of steps apart, so that the two meet in every order. */
    @Test
    void ofTwoReleasesOfOneHandleExactlyOneSucceeds() throws Exception {
        BufferPool pool = BufferPool.create(1 << 20);
        int rounds = 100_000;
        AtomicReference<PooledBuffer> shared = new AtomicReference<>();
        AtomicInteger released = new AtomicInteger();
        AtomicInteger succeeded = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        long start = System.nanoTime();
        Callable<Void> first = () -> {
            // A machine without a second core to give takes a time slice for each round.
            for (int i = 0; i < rounds && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5); i++) {
                PooledBuffer pooled = pool.tryAcquire(256);
                shared.set(pooled);
                for (int step = 0; step < i % 64; step++) {
                    Thread.onSpinWait();
                }
                succeeded.addAndGet(tryRelease(pooled));
                released.incrementAndGet();
                spinUntil(() -> shared.get() == null);
            }
            over.set(true);
            return null;
        };
        Callable<Void> second = () -> {
            while (true) {
                spinUntil(() -> shared.get() != null || over.get());
                PooledBuffer pooled = shared.get();
                if (pooled == null) {
                    return null;
                }
                succeeded.addAndGet(tryRelease(pooled));
                shared.set(null);
            }
        };
        runAll("release race", List.of(first, second));
        assertThat(succeeded).hasValue(released.get()).hasPositiveValue();
        assertThat(pool.stats().free()).isOne();
        assertThat(pool.stats().creations()).isOne();
    }

    private static int tryRelease(PooledBuffer pooled) {
        try {
            pooled.release();
            return 1;
        } catch (IllegalStateException refused) {
            return 0;
        }
    }

    private static void spinUntil(BooleanSupplier condition) {
        long start = System.nanoTime();
        for (int i = 1; !condition.getAsBoolean(); i++) {
            if (i % 1000 == 0) {
                assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(30));
                Thread.yield();
            }
        }
    }

    /** Two threads want what is there once, until they have taken it from each other often enough. */
    @Test
    void aBudgetIsNeverOverdrawn() throws Exception {
        Budget budget = new Budget(1);
        AtomicInteger lastOwner = new AtomicInteger();
        AtomicInteger changes = new AtomicInteger();
        AtomicInteger overdrawn = new AtomicInteger();
        long start = System.nanoTime();
        List<Callable<Void>> spenders = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            int me = i;
            spenders.add(() -> {
                while (changes.get() < 20_000 && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10)) {
                    if (budget.tryReserve(1)) {
                        overdrawn.addAndGet(budget.reserved() == 1 ? 0 : 1);
                        changes.addAndGet(lastOwner.getAndSet(me) == me ? 0 : 1);
                        budget.giveBack(1);
                    }
                }
                return null;
            });
        }
        runAll("budget race", spenders);
        assertThat(overdrawn).as("in %s changes of owner", changes).hasValue(0);
        assertThat(budget.reserved()).isZero();
    }

    private void runAll(String what, List<Callable<Void>> tasks) throws Exception {
        List<Future<Void>> running = new ArrayList<>();
        for (Callable<Void> task : tasks) {
            running.add(threads.submit(task));
        }
        for (Future<Void> future : running) {
            try {
                future.get(100, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError(what, e);
            }
        }
    }
}
