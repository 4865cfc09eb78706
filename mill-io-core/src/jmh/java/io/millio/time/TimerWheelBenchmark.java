package io.millio.time;

import io.netty.util.HashedWheelTimer;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to set a time-out and to take it back, the common fate of a time-out? The baselines are
 * the JDK's scheduled executor, with its policy of removing what is cancelled, and Netty's hashed wheel.
 *
 * <pre>
 * mvn -Pjmh -pl mill-io-core test-compile exec:exec@jmh -Djmh.args="TimerWheelBenchmark -prof gc"
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TimerWheelBenchmark {
    private static final Runnable TASK = () -> {};

    private static long delayNanos() {
        return ThreadLocalRandom.current().nextLong(TimeUnit.SECONDS.toNanos(1), TimeUnit.MINUTES.toNanos(5));
    }

    /** A wheel that the benchmark thread owns. */
    @State(Scope.Thread)
    public static class Owned {
        @Param({"0", "100000"})
        int pending;

        final TimerWheel wheel = new TimerWheel(Ticker.system(), Throwable::printStackTrace);

        @Setup(Level.Trial)
        public void fill() {
            for (int i = 0; i < pending; i++) {
                wheel.schedule(TimeUnit.HOURS.toNanos(1) + delayNanos(), TASK);
            }
        }

        @TearDown(Level.Trial)
        public void empty() {
            wheel.clear();
        }
    }

    /** A wheel that a thread of its own advances every millisecond, while the benchmark threads submit to it. */
    @State(Scope.Benchmark)
    public static class Shared {
        @Param({"0", "100000"})
        int pending;

        private final TimerWheel wheel = new TimerWheel(Ticker.system(), 50_000_000, Throwable::printStackTrace);
        private volatile boolean running = true;
        private Thread owner;

        @Setup(Level.Trial)
        public void start() {
            for (int i = 0; i < pending; i++) {
                wheel.submit(TimeUnit.HOURS.toNanos(1) + delayNanos(), TASK);
            }
            owner = new Thread(() -> {
                while (running) {
                    wheel.advance(1024);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                }
            });
            owner.start();
        }

        @TearDown(Level.Trial)
        public void stop() throws InterruptedException {
            running = false;
            owner.join();
        }
    }

    /** The baseline, one for all threads, as it would be used. */
    @State(Scope.Benchmark)
    public static class Executor {
        @Param({"0", "100000"})
        int pending;

        private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);

        @Setup(Level.Trial)
        public void fill() {
            executor.setRemoveOnCancelPolicy(true);
            for (int i = 0; i < pending; i++) {
                executor.schedule(TASK, TimeUnit.HOURS.toNanos(1) + delayNanos(), TimeUnit.NANOSECONDS);
            }
        }

        @TearDown(Level.Trial)
        public void stop() {
            executor.shutdownNow();
        }
    }

    /** The peer, with its own thread and its default tick of 100 ms. */
    @State(Scope.Benchmark)
    public static class Hashed {
        @Param({"0", "100000"})
        int pending;

        private final HashedWheelTimer timer = new HashedWheelTimer();

        @Setup(Level.Trial)
        public void fill() {
            for (int i = 0; i < pending; i++) {
                timer.newTimeout(timeout -> {}, TimeUnit.HOURS.toNanos(1) + delayNanos(), TimeUnit.NANOSECONDS);
            }
        }

        @TearDown(Level.Trial)
        public void stop() {
            timer.stop();
        }
    }

    @Benchmark
    public boolean ownerSchedulesAndCancels(Owned state) {
        return state.wheel.schedule(delayNanos(), TASK).cancel();
    }

    @Benchmark
    public boolean submitAndCancel1(Shared state) {
        return state.wheel.submit(delayNanos(), TASK).cancel();
    }

    @Benchmark
    @Threads(4)
    public boolean submitAndCancel4(Shared state) {
        return state.wheel.submit(delayNanos(), TASK).cancel();
    }

    @Benchmark
    public boolean executor1(Executor state) {
        return state.executor.schedule(TASK, delayNanos(), TimeUnit.NANOSECONDS).cancel(false);
    }

    @Benchmark
    @Threads(4)
    public boolean executor4(Executor state) {
        return state.executor.schedule(TASK, delayNanos(), TimeUnit.NANOSECONDS).cancel(false);
    }

    @Benchmark
    public boolean hashed1(Hashed state) {
        return state.timer
                .newTimeout(timeout -> {}, delayNanos(), TimeUnit.NANOSECONDS)
                .cancel();
    }

    @Benchmark
    @Threads(4)
    public boolean hashed4(Hashed state) {
        return state.timer
                .newTimeout(timeout -> {}, delayNanos(), TimeUnit.NANOSECONDS)
                .cancel();
    }

    /** What every turn of a loop pays while nothing is due. */
    @Benchmark
    public long idleTurn(Owned state) {
        return state.wheel.advance(1024) + state.wheel.nanosUntilNext();
    }

    /** A timer's whole life, cascades left out: it is made, and fired in the same turn. */
    @Benchmark
    public int scheduleAndFire(Owned state) {
        state.wheel.schedule(0, TASK);
        return state.wheel.advance(1024);
    }
}
