package io.millio.net;

import io.millio.internal.LoopAccess;
import io.millio.internal.LoopPort;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats.ReactorStats;
import io.millio.pool.BufferPool;
import io.millio.testkit.Await;
import io.millio.testkit.OpenFiles;
import io.millio.testkit.Peer;
import io.millio.testkit.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/**
 * 24 threads that register, deregister, write, pause, connect, reset and close at random on one loop, beside a model that knows
 * what each must find; at the end loop and model are equal and nothing is left over. Owned by the thread that calls {@link #run}; its
 * parts say which thread owns them. Longer than in the build it runs as
 *
 * <pre>
 *   java -cp mill-io-core/target/classes:mill-io-core/target/test-classes io.millio.net.RandomOperations direct 60 [seed]
 * </pre>
 */
final class RandomOperations {
    private static final int THREADS = 24;

    /** What came of it: figures to look at, and every breach of the model. */
    record Report(String figures, List<String> breaches) {}

    private final Queue<String> breaches = new ConcurrentLinkedQueue<>();
    private final EventLoop loop;
    private final RandomTokens tokens;
    private final RandomPeers peers;

    private RandomOperations(Dispatch dispatch) {
        loop = EventLoop.builder()
                .name("random")
                .reactors(2)
                .dispatch(dispatch)
                .stallThreshold(Duration.ZERO)
                .errorListener(this::judge)
                .build();
        tokens = new RandomTokens(loop, breaches);
        peers = new RandomPeers(loop, breaches);
    }

    public static void main(String[] args) {
        Dispatch dispatch = Dispatch.valueOf(args[0].toUpperCase(Locale.ROOT));
        long seed = args.length > 2 ? Long.parseLong(args[2]) : Seed.fresh();
        Report report = run(dispatch, Duration.ofSeconds(Long.parseLong(args[1])), seed);
        report.breaches().stream().limit(20).forEach(breach -> System.out.println("breach: " + breach));
        System.out.println(report.figures() + " breaches=" + report.breaches().size() + " seed=" + seed);
    }

    static Report run(Dispatch dispatch, Duration duration, long seed) {
        oneOfEach();
        long filesBefore = OpenFiles.count();
        RandomOperations run = new RandomOperations(dispatch);
        String figures = run.play(duration, seed);
        // Fewer are no breach: the collector may have closed what an earlier test of this process has lost.
        if (OpenFiles.count() > filesBefore) {
            run.breaches.add(OpenFiles.count() + " descriptors are open, " + filesBefore + " were");
        }
        return new Report(figures, List.copyOf(run.breaches));
    }

    /** The first connection of a process makes the JDK open descriptors of its own for good. */
    private static void oneOfEach() {
        try (EventLoop loop = EventLoop.create();
                TcpServer server = TcpServer.builder(loop)
                        .bind("127.0.0.1", 0)
                        .handler((connection, data) -> connection.write(data))
                        .start();
                Peer peer = Peer.connect(server.localAddress())) {
            peer.send("?").receive(1);
        }
    }

    private String play(Duration duration, long seed) {
        peers.start();
        BufferPool pool = pool();
        long bytesBefore = pool.bytesInUse();
        int timersBefore = sum(ReactorStats::timersPending);
        long end = System.nanoTime() + duration.toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int index = i;
            threads.add(Threads.start("random-" + i, () -> operate(new Random(seed + index), index, end)));
        }
        for (Thread thread : threads) {
            join(thread, duration);
        }
        settle("what the tokens hold", tokens::settle);
        settle("what the peers hold", peers::settle);
        same("channels watched, but for the listener", () -> sum(ReactorStats::keys) - 1, 0);
        same("bytes lent by the pool", pool::bytesInUse, bytesBefore);
        same(
                "buffers lost, whose bytes the collector has given back",
                () -> pool.stats().leaks(),
                0);
        same("timers", () -> sum(ReactorStats::timersPending), timersBefore);
        String figures = tokens.figures() + " " + peers.figures();
        peers.stop();
        loop.close();
        Threads.allEnded("random-");
        return figures;
    }

    private BufferPool pool() {
        LoopPort port = LoopAccess.of(loop);
        return port.shared(BufferPool.class, () -> BufferPool.create(port.bufferBudget()));
    }

    private int sum(ToIntFunction<ReactorStats> figure) {
        return loop.stats().reactors().stream().mapToInt(figure).sum();
    }

    private void operate(Random random, int index, long end) {
        RandomPeers.Crowd crowd = peers.crowd(random, index);
        try {
            while (System.nanoTime() - end < 0 && breaches.size() < 100) {
                if (random.nextBoolean()) {
                    tokens.operate(random);
                } else {
                    crowd.operate();
                }
            }
        } catch (Throwable t) {
            breaches.add(Thread.currentThread().getName() + " failed: " + t);
        } finally {
            crowd.leave();
        }
    }

    private void join(Thread thread, Duration duration) {
        try {
            thread.join(duration.plus(Await.LIMIT).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            breaches.add(thread.getName() + " does not end, but is at " + Arrays.toString(thread.getStackTrace()));
        }
    }

    private void settle(String what, Runnable wait) {
        try {
            wait.run();
        } catch (AssertionError late) {
            breaches.add(what + ": " + late.getMessage());
        }
    }

    private void same(String what, LongSupplier now, long before) {
        settle(
                what,
                () -> Await.until(() -> now.getAsLong() + ", expected " + before, () -> now.getAsLong() == before));
    }

    /** The error listener: any thread of the loop. */
    private void judge(Object source, Throwable error) {
        if (!tokens.isExpected(error)) {
            breaches.add("unexpected error of " + source + ": " + error);
        }
    }
}
