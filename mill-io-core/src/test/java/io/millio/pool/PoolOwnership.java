package io.millio.pool;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * Four threads that borrow and give back at random, beside a model that knows whose each piece is: none is ever lent twice. Every breach
 * is an IllegalStateException. Owned by the thread that calls it. Longer than in the build it runs as
 *
 * <pre>
 *   java -cp mill-io-core/target/classes:mill-io-core/target/test-classes io.millio.pool.PoolOwnership buffers off 100000000 [seed]
 * </pre>
 */
final class PoolOwnership {
    static final int THREADS = 4;
    static final long MAX_BYTES = 400_000;
    private static final int MAX_OBJECTS = 20;
    private static final int MAX_HELD = 8;

    /** The counters at the end, and how many objects were made and not discarded. */
    record Objects(ObjectPoolStats stats, int alive) {}

    private PoolOwnership() {}

    public static void main(String[] args) throws Exception {
        LeakDetection mode = LeakDetection.valueOf(args[1].toUpperCase(Locale.ROOT));
        long operations = Long.parseLong(args[2]);
        long seed = args.length > 3 ? Long.parseLong(args[3]) : System.nanoTime();
        System.out.println("seed=" + seed);
        long start = System.nanoTime();
        if (args[0].equals("buffers")) {
            BufferPoolStats stats = buffers(mode, operations, seed);
            print(stats.acquired(), stats.used(), stats.leaks(), stats.creations() - stats.free() - stats.discarded());
            System.out.printf("creations=%d bytes=%d%n", stats.creations(), stats.bytesUsed() + stats.bytesFree());
        } else {
            Objects end = objects(mode, operations, seed);
            ObjectPoolStats stats = end.stats();
            print(stats.acquired(), stats.used(), stats.leaks(), end.alive() - stats.free());
            System.out.printf("creations=%d%n", stats.creations());
        }
        System.out.printf("seconds=%.1f%n", (System.nanoTime() - start) / 1e9);
    }

    private static void print(long acquired, long used, long leaks, long missing) {
        System.out.printf("acquired=%d used=%d leaks=%d missing=%d%n", acquired, used, leaks, missing);
    }

    /** So many borrowings of buffers of all sizes, the bound being felt. */
    static BufferPoolStats buffers(LeakDetection mode, long borrowings, long seed) throws InterruptedException {
        BufferPool pool =
                BufferPool.builder().maxBytes(MAX_BYTES).leakDetection(mode).build();
        Owners owners = new Owners();
        runAll(seed, me -> {
            SplittableRandom random = new SplittableRandom(seed + me);
            return () -> borrowBuffers(pool, owners, me, random, borrowings / THREADS);
        });
        return pool.stats();
    }

    private static Void borrowBuffers(
            BufferPool pool, Owners owners, int me, SplittableRandom random, long borrowings) {
        List<PooledBuffer> held = new ArrayList<>();
        for (long borrowed = 0; borrowed < borrowings; ) {
            if (held.size() < MAX_HELD && random.nextBoolean()) {
                PooledBuffer pooled = pool.tryAcquire(random.nextInt(1 << (8 + random.nextInt(8))));
                if (pooled != null) {
                    owners.acquired(pooled.buffer(), me);
                    held.add(pooled);
                    borrowed++;
                }
            } else if (!held.isEmpty()) {
                giveBack(owners, held.remove(random.nextInt(held.size())), me);
            }
        }
        held.forEach(pooled -> giveBack(owners, pooled, me));
        return null;
    }

    private static void giveBack(Owners owners, PooledBuffer pooled, int me) {
        owners.released(pooled.buffer(), me);
        pooled.release();
    }

    /** So many borrowings of objects, each of which is its own owner word. */
    static Objects objects(LeakDetection mode, long borrowings, long seed) throws InterruptedException {
        AtomicInteger alive = new AtomicInteger();
        ObjectPool<AtomicInteger> pool = ObjectPool.builder(() -> {
                    require(alive.incrementAndGet() <= MAX_OBJECTS, "objects alive", alive.get());
                    return new AtomicInteger();
                })
                .maxObjects(MAX_OBJECTS)
                .validate(owner -> System.identityHashCode(owner) % 64 != 0)
                .onDiscard(owner -> alive.decrementAndGet())
                .leakDetection(mode)
                .build();
        runAll(seed, me -> {
            SplittableRandom random = new SplittableRandom(seed + me);
            return () -> borrowObjects(pool, me, random, borrowings / THREADS);
        });
        return new Objects(pool.stats(), alive.get());
    }

    private static Void borrowObjects(
            ObjectPool<AtomicInteger> pool, int me, SplittableRandom random, long borrowings) {
        List<Pooled<AtomicInteger>> held = new ArrayList<>();
        for (long borrowed = 0; borrowed < borrowings; ) {
            Pooled<AtomicInteger> pooled = held.size() < MAX_HELD && random.nextBoolean() ? pool.tryAcquire() : null;
            if (pooled != null) {
                int owner = pooled.get().getAndSet(me);
                require(owner == 0, "an object was lent to " + me + " and belonged to", owner);
                held.add(pooled);
                borrowed++;
            } else if (!held.isEmpty()) {
                giveBack(held.remove(random.nextInt(held.size())), me);
            }
        }
        held.forEach(pooled -> giveBack(pooled, me));
        return null;
    }

    private static void giveBack(Pooled<AtomicInteger> pooled, int me) {
        int owner = pooled.get().getAndSet(0);
        require(owner == me, "the object of " + me + " belonged to", owner);
        pooled.release();
    }

    private static void require(boolean holds, String what, long found) {
        if (!holds) {
            throw new IllegalStateException(what + " " + found);
        }
    }

    private static void runAll(long seed, IntFunction<Callable<Void>> borrower) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Void>> running = new ArrayList<>();
            for (int me = 1; me <= THREADS; me++) {
                running.add(threads.submit(borrower.apply(me)));
            }
            for (Future<Void> future : running) {
                future.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("seed " + seed + ": " + e.getCause().getMessage(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** The reference model: one owner word for each piece of memory ever seen. */
    private static final class Owners {
        private final Map<Long, AtomicInteger> words = new ConcurrentHashMap<>();
        private final AtomicLong ids = new AtomicLong();

        void acquired(ByteBuffer memory, int me) {
            long id = memory.getLong(0);
            AtomicInteger word = words.get(id);
            if (word == null || memory.getLong(8) != ~id) { // never seen: new memory is zero
                id = ids.incrementAndGet();
                memory.putLong(0, id).putLong(8, ~id);
                words.put(id, word = new AtomicInteger());
            }
            int owner = word.getAndSet(me);
            require(owner == 0, "buffer " + id + " was lent to " + me + " and belonged to", owner);
        }

        void released(ByteBuffer memory, int me) {
            int owner = words.get(memory.getLong(0)).getAndSet(0);
            require(owner == me, "the buffer of " + me + " belonged to", owner);
        }
    }
}
