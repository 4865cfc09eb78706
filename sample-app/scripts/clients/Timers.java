import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats.ReactorStats;
import io.millio.net.TcpServer;
import io.millio.time.Timeout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Timers of an event loop: what many of them leave behind, how late they are, and a loop that has nothing to do. The main thread makes and
 * cancels them, the reactor runs them.
 *
 * <pre>
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/Timers.java memory timers
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/Timers.java lateness pending per-second seconds
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/Timers.java idle
 * </pre>
 */
public final class Timers {
    private Timers() {}

    public static void main(String[] args) throws InterruptedException {
        switch (args[0]) {
            case "memory" -> memory(Integer.parseInt(args[1]));
            case "lateness" -> lateness(
                    Integer.parseInt(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            case "idle" -> idle();
            default -> throw new IllegalArgumentException(args[0] + " is none of memory, lateness, idle");
        }
    }

    private record Task(byte[] weight) implements Runnable {
        @Override
        public void run() {}
    }

    private static void memory(int count) throws InterruptedException {
        try (EventLoop loop = EventLoop.builder().name("timers").reactors(1).build()) {
            loop.start();
            Timeout[] handles = new Timeout[count];
            long empty = heap();
            for (int i = 0; i < count; i++) {
                handles[i] = loop.schedule(Duration.ofHours(1).plusMillis(i), new Task(new byte[100]));
            }
            await(loop, count);
            long all = heap();
            // Half of them by the reactor itself, half by another thread.
            CountDownLatch done = new CountDownLatch(1);
            loop.execute(() -> {
                cancel(handles, 0, count / 2);
                done.countDown();
            });
            done.await();
            cancel(handles, count / 2, count);
            await(loop, count / 10);
            long tenth = heap();
            cancelRest(handles);
            await(loop, 0);
            long none = heap();
            System.out.printf(
                    "allKib=%d tenthKib=%d noneKib=%d cancelled=%d handles=%d%n",
                    (all - empty) >> 10,
                    (tenth - empty) >> 10,
                    (none - empty) >> 10,
                    stats(loop).timersCancelled(),
                    handles.length);
        }
    }

    private static void cancel(Timeout[] handles, int from, int to) {
        for (int i = from; i < to; i++) {
            if (i % 10 != 0) {
                if (!handles[i].cancel()) {
                    throw new IllegalStateException("timer " + i + " could not be cancelled");
                }
                handles[i] = null;
            }
        }
    }

    private static void cancelRest(Timeout[] handles) {
        for (int i = 0; i < handles.length; i += 10) {
            handles[i].cancel();
            handles[i] = null;
        }
    }

    private static void await(EventLoop loop, int pending) {
        long start = System.nanoTime();
        while (stats(loop).timersPending() != pending) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
                throw new IllegalStateException("waited 30 s for " + pending + " timers, and there are "
                        + stats(loop).timersPending());
            }
            LockSupport.parkNanos(10_000_000);
        }
        // The reactor's next turn is the one that lets go of what the last one handled.
        LockSupport.parkNanos(300_000_000);
    }

    private static ReactorStats stats(EventLoop loop) {
        return loop.stats().reactors().get(0);
    }

    private static long heap() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Nanoseconds between due and run; written by the reactor, read when all are there. */
    private static final class Lateness {
        private final long[] nanos;
        private final CountDownLatch all;
        private int count;

        Lateness(int timers) {
            nanos = new long[timers];
            all = new CountDownLatch(timers);
        }

        void ran(long due) {
            nanos[count++] = System.nanoTime() - due;
            all.countDown();
        }
    }

    private static void lateness(int pending, int perSecond, int seconds) throws InterruptedException {
        try (EventLoop loop = EventLoop.builder().name("timers").reactors(1).build()) {
            loop.start();
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < pending; i++) {
                loop.schedule(Duration.ofHours(1).plusMillis(random.nextInt(3_600_000)), () -> {});
            }
            await(loop, pending);
            fire(loop, random, perSecond, 3);
            Lateness control = new Lateness(perSecond * seconds);
            Thread sleeper = new Thread(() -> sleep(control), "control");
            sleeper.start();
            long[] sorted = fire(loop, random, perSecond, seconds).nanos.clone();
            sleeper.interrupt();
            sleeper.join();
            Arrays.sort(sorted);
            long[] slept = Arrays.copyOf(control.nanos, control.count);
            Arrays.sort(slept);
            System.out.printf("controlP99=%.3f%n", slept[(int) (slept.length * 0.99)] / 1e6);
            System.out.printf(
                    "fired=%d pending=%d early=%d p50=%.3f p99=%.3f max=%.3f%n",
                    sorted.length,
                    stats(loop).timersPending(),
                    Arrays.stream(sorted).filter(nanos -> nanos < 0).count(),
                    sorted[sorted.length / 2] / 1e6,
                    sorted[(int) (sorted.length * 0.99)] / 1e6,
                    sorted[sorted.length - 1] / 1e6);
        }
    }

    /** What a thread of its own, that only sleeps for a millisecond and again, is late by: the machine's share. */
    private static void sleep(Lateness lateness) {
        while (!Thread.interrupted() && lateness.count < lateness.nanos.length) {
            long due = System.nanoTime() + 1_000_000;
            LockSupport.parkNanos(1_000_000);
            lateness.ran(due);
        }
    }

    /** Made every 10 ms for any moment of the second that follows. A timer is due when the call that makes it says so. */
    private static Lateness fire(EventLoop loop, SplittableRandom random, int perSecond, int seconds)
            throws InterruptedException {
        Lateness lateness = new Lateness(perSecond * seconds);
        long start = System.nanoTime();
        for (int made = 0; made < perSecond * seconds; ) {
            long due = (long) ((System.nanoTime() - start) / 1e9 * perSecond);
            for (; made < Math.min(due, (long) perSecond * seconds); made++) {
                long delay = random.nextLong(10_000_000, 1_000_000_000);
                long at = System.nanoTime() + delay;
                loop.schedule(Duration.ofNanos(delay), () -> lateness.ran(at));
            }
            LockSupport.parkNanos(10_000_000);
        }
        if (!lateness.all.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException(lateness.all.getCount() + " timers did not run");
        }
        return lateness;
    }

    /** Nothing to do, but for a port that nobody asks and a timer far away. */
    private static void idle() throws InterruptedException {
        try (EventLoop loop = EventLoop.builder()
                        .name("idle")
                        .reactors(1)
                        .pollTimeout(Duration.ZERO)
                        .build();
                TcpServer server = TcpServer.builder(loop)
                        .bind("127.0.0.1", 0)
                        .handler((connection, data) -> connection.write(data))
                        .start()) {
            loop.schedule(Duration.ofHours(1), () -> {});
            System.out.println("listening on 127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort());
            server.awaitClose();
        }
    }
}
