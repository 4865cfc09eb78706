import io.millio.work.ComputePool;
import io.millio.work.ComputeTask;
import io.millio.work.Priority;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;

/**
 * Offers a compute pool many times what it can do, with each priority from a thread of its own, and adds up what became of every task. Each
 * fiftieth accepted task is cancelled at once. The main thread looks at the memory every ten seconds.
 *
 * <pre>
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/ComputeOverload.java threads factor seconds
 * </pre>
 */
public final class ComputeOverload {
    private final byte[] data = new byte[4 << 20];
    private final ComputePool pool;
    private final Map<Priority, Offered> offers = new EnumMap<>(Priority.class);

    private ComputeOverload(int threads) {
        pool = ComputePool.builder().threads(threads).build();
        Arrays.stream(Priority.values()).forEach(priority -> offers.put(priority, new Offered(priority)));
    }

    public static void main(String[] args) throws Exception {
        ComputeOverload overload = new ComputeOverload(Integer.parseInt(args[0]));
        overload.pool.start();
        double capacity = overload.capacity();
        double perSecond = capacity * Integer.parseInt(args[1]);
        System.out.printf("capacityPerSecond=%.0f offeredPerSecond=%.0f%n", capacity, perSecond);
        overload.run(perSecond / Priority.values().length, Integer.parseInt(args[2]));
        overload.pool.stop(Duration.ofSeconds(10), Duration.ofSeconds(10));
    }

    private long work() {
        CRC32C checksum = new CRC32C();
        checksum.update(data);
        return checksum.getValue();
    }

    /** Tasks done in the best of four seconds in which the queue is never empty: in another the machine may have been busy otherwise. */
    private double capacity() {
        Offered warmUp = new Offered(Priority.NORMAL);
        double best = 0;
        for (int second = 0; second < 5; second++) {
            long start = System.nanoTime();
            long before = pool.stats(Priority.NORMAL).completed();
            while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(1)) {
                if (!warmUp.offer()) {
                    LockSupport.parkNanos(10_000_000);
                }
            }
            double done = pool.stats(Priority.NORMAL).completed() - before;
            best = second == 0 ? 0 : Math.max(best, done * 1e9 / (System.nanoTime() - start));
        }
        idle();
        offers.put(Priority.NORMAL, warmUp);
        return best;
    }

    private void run(double perSecondEach, int seconds) throws InterruptedException, IOException {
        long done = completed();
        long before = offers.get(Priority.NORMAL).submitted;
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(seconds);
        List<Thread> threads = new ArrayList<>();
        for (Offered offered : offers.values()) {
            Thread thread = new Thread(() -> offered.run(start, end, perSecondEach), "offers-" + offered.priority);
            thread.start();
            threads.add(thread);
        }
        List<Long> heap = new ArrayList<>();
        List<Long> resident = new ArrayList<>();
        for (int at = 10; at <= seconds - 5; at += 10) {
            LockSupport.parkNanos(start + TimeUnit.SECONDS.toNanos(at) - System.nanoTime());
            heap.add(heapKib());
            resident.add(residentKib());
        }
        for (Thread thread : threads) {
            thread.join();
        }
        done = completed() - done;
        idle();
        long submitted = offers.values().stream().mapToLong(offered -> offered.submitted).sum() - before;
        System.out.printf("submitted=%d done=%d factor=%.1f%n", submitted, done, (double) submitted / done);
        System.out.printf("heapKib=%s heapGrowth=%d%n", text(heap), growth(heap));
        System.out.printf("residentKib=%s residentGrowth=%d%n", text(resident), growth(resident));
        System.out.println("breaches=" + offers.values().stream().mapToInt(Offered::report).sum());
    }

    private long completed() {
        return Arrays.stream(Priority.values())
                .mapToLong(priority -> pool.stats(priority).completed())
                .sum();
    }

    private void idle() {
        for (Priority priority : Priority.values()) {
            while (pool.stats(priority).queued() + pool.stats(priority).active() > 0) {
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    private static String text(List<Long> samples) {
        return samples.toString().replaceAll("[\\[\\] ]", "");
    }

    /** From the first sample to the largest of the others. */
    private static long growth(List<Long> samples) {
        return samples.stream().mapToLong(Long::longValue).max().orElse(0) - samples.get(0);
    }

    /** What the last of some collections has left; what was made since then does not count. */
    private static long heapKib() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(memory -> memory.getType() == MemoryType.HEAP)
                        .mapToLong(memory -> memory.getCollectionUsage().getUsed())
                        .sum()
                >> 10;
    }

    private static long residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    /** What one priority was offered; the first fields belong to the thread that offers, the others to whoever ends a task. */
    private final class Offered {
        private final Priority priority;
        private long submitted;
        private long refused;
        private long withdrawn;
        private final AtomicLong begun = new AtomicLong();
        private final AtomicLong values = new AtomicLong();
        private final AtomicLong cancellations = new AtomicLong();
        private final AtomicLong others = new AtomicLong();

        Offered(Priority priority) {
            this.priority = priority;
        }

        void run(long start, long end, double perSecond) {
            long first = submitted;
            for (long now = System.nanoTime(); now - end < 0; now = System.nanoTime()) {
                long due = (long) ((now - start) / 1e9 * perSecond) - (submitted - first);
                for (long i = 0; i < due; i++) {
                    offer();
                }
                LockSupport.parkNanos(1_000_000);
            }
        }

        /** False if it was refused. */
        boolean offer() {
            submitted++;
            try {
                ComputeTask<Long> task = pool.submit(priority, () -> {
                    begun.incrementAndGet();
                    return work();
                });
                task.result().whenComplete((value, error) -> count(error));
                if ((submitted - refused) % 50 == 0 && task.cancel()) {
                    withdrawn++;
                }
                return true;
            } catch (RejectedExecutionException full) {
                refused++;
                return false;
            }
        }

        private void count(Throwable error) {
            Throwable cause = error instanceof CompletionException ? error.getCause() : error;
            (cause == null ? values : cause instanceof CancellationException ? cancellations : others).incrementAndGet();
        }

        /** Every task is in one of the pool's figures and has ended once; prints them, and returns how many equations do not hold. */
        int report() {
            ComputePool.Stats stats = pool.stats(priority);
            System.out.printf(
                    "priority=%s submitted=%d completed=%d rejected=%d cancelled=%d meanWaitMillis=%d%n",
                    priority,
                    submitted,
                    stats.completed(),
                    stats.rejected(),
                    stats.cancelled(),
                    stats.waited().toMillis() / Math.max(1, stats.completed()));
            return equal("submitted", submitted, stats.completed() + stats.rejected() + stats.cancelled())
                    + equal("refused", refused, stats.rejected())
                    + equal("accepted, and each ended once", submitted - refused, values.get() + cancellations.get())
                    + equal("withdrawn", withdrawn, cancellations.get())
                    + equal("ended otherwise", 0, others.get())
                    + (begun.get() >= values.get() && begun.get() <= stats.completed() ? 0 : 1)
                    + (stats.cancelled() <= withdrawn && stats.completed() > 0 ? 0 : 1);
        }

        private int equal(String what, long expected, long found) {
            if (expected != found) {
                System.out.println("breach: " + priority + " " + what + ": " + expected + " and " + found);
            }
            return expected == found ? 0 : 1;
        }
    }
}
