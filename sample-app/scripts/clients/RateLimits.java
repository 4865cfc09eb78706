import io.millio.limit.KeyedRateLimiter;
import io.millio.limit.RateLimiter;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What limiters grant under load. Each part makes its threads, and the main thread waits for them and counts.
 *
 * <pre>
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/RateLimits.java rate per-second burst most-at-once threads seconds
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/RateLimits.java places keys
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/RateLimits.java flood keys honest-keys seconds
 * </pre>
 */
public final class RateLimits {
    private RateLimits() {}

    public static void main(String[] args) throws InterruptedException {
        switch (args[0]) {
            case "rate" -> rate(
                    Long.parseLong(args[1]),
                    Long.parseLong(args[2]),
                    Integer.parseInt(args[3]),
                    Integer.parseInt(args[4]),
                    Long.parseLong(args[5]));
            case "places" -> places(Integer.parseInt(args[1]));
            case "flood" -> flood(Integer.parseInt(args[1]), Integer.parseInt(args[2]), Long.parseLong(args[3]));
            default -> throw new IllegalArgumentException(args[0] + " is none of rate, places, flood");
        }
    }

    private static void rate(long perSecond, long burst, int mostAtOnce, int threads, long seconds)
            throws InterruptedException {
        AtomicLong granted = new AtomicLong();
        AtomicLong attempts = new AtomicLong();
        AtomicReference<RateLimiter> shared = new AtomicReference<>();
        AtomicLong from = new AtomicLong();
        // A full bucket gains nothing until somebody asks: so all ask from its first moment on, and nothing is loaded after it.
        RateLimiter.perSecond(perSecond, burst).tryAcquire();
        join(threads, number -> {
            SplittableRandom random = new SplittableRandom(number);
            if (number == 0) {
                from.set(System.nanoTime());
                shared.set(RateLimiter.perSecond(perSecond, burst));
            }
            RateLimiter limiter = shared.get();
            while (limiter == null) {
                Thread.yield();
                limiter = shared.get();
            }
            long deadline = from.get() + TimeUnit.SECONDS.toNanos(seconds);
            long mine = 0;
            long tries = 0;
            for (; System.nanoTime() - deadline < 0; tries++) {
                int n = 1 + random.nextInt(mostAtOnce);
                mine += limiter.tryAcquire(n) ? n : 0;
            }
            granted.addAndGet(mine);
            attempts.addAndGet(tries);
        });
        double most = (System.nanoTime() - from.get()) / 1e9 * perSecond + burst;
        double due = (double) seconds * perSecond + burst;
        System.out.printf(
                "granted=%d counted=%d most=%.0f due=%.0f share=%.2f attempts=%d%n",
                granted.get(), shared.get().stats().allowed(), most, due, 100 * granted.get() / due, attempts.get());
    }

    /** As many places as keys, each key asking for its whole burst. */
    private static void places(int keys) {
        long before = heap();
        KeyedRateLimiter<Long> limiter =
                KeyedRateLimiter.of(1, Duration.ofHours(1), 10, keys, Ticker.system());
        long denied = 0;
        for (int ask = 0; ask < 10; ask++) {
            for (long key = 0; key < keys; key++) {
                denied += limiter.tryAcquire(1_000_000 + key) ? 0 : 1;
            }
        }
        long bytes = heap() - before;
        long beyond = 0;
        for (long key = 0; key < keys; key++) {
            beyond += limiter.tryAcquire(1_000_000 + key) ? 1 : 0;
        }
        System.out.printf(
                "keys=%d denied=%d beyond=%d bytesPerKey=%.1f%n", limiter.keys(), denied, beyond, (double) bytes / keys);
    }

    /** The default number of places; honest keys ask for half of their rate. */
    private static void flood(int keys, int honest, long seconds) throws InterruptedException {
        long before = heap();
        KeyedRateLimiter<Object> limiter = KeyedRateLimiter.perSecond(10, 10);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < honest; i++) {
            names.add("honest-" + i);
        }
        AtomicLong asked = new AtomicLong();
        AtomicLong denied = new AtomicLong();
        AtomicLong flooded = new AtomicLong();
        ask(limiter, names, asked, denied);
        ask(limiter, names, asked, denied);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        join(4, number -> {
            if (number == 0) {
                while (System.nanoTime() - deadline < 0) {
                    TimeUnit.MILLISECONDS.sleep(200);
                    ask(limiter, names, asked, denied);
                }
                return;
            }
            long key = (long) number * keys / 4;
            for (; System.nanoTime() - deadline < 0; key++) {
                limiter.tryAcquire((Object) (1_000_000 + key % keys));
                flooded.incrementAndGet();
            }
        });
        long bytes = heap() - before;
        System.out.printf(
                "honestAsked=%d honestDenied=%d flooded=%d keys=%d overflowed=%d kib=%d%n",
                asked.get(), denied.get(), flooded.get(), limiter.keys(), limiter.overflowed(), bytes >> 10);
    }

    private static void ask(
            KeyedRateLimiter<Object> limiter, List<String> names, AtomicLong asked, AtomicLong denied) {
        for (String name : names) {
            asked.incrementAndGet();
            denied.addAndGet(limiter.tryAcquire(name) ? 0 : 1);
        }
    }

    private interface Part {
        void run(int number) throws InterruptedException;
    }

    private static void join(int threads, Part part) throws InterruptedException {
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                try {
                    part.run(number);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.start();
            started.add(thread);
        }
        for (Thread thread : started) {
            thread.join();
        }
    }

    private static long heap() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
