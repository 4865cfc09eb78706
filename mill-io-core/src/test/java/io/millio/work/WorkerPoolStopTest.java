package io.millio.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerPoolStopTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);

    private static final AtomicInteger NAMES = new AtomicInteger();

    /** Of its own for each test, so that one that leaves a thread behind does not make the next ones fail. */
    private final String name = "stoptest" + NAMES.incrementAndGet();

    private final AtomicInteger failures = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);

    private WorkerPool started(int threads, int capacity) {
        WorkerPool pool =
                new WorkerPool(name, threads, capacity, Ticker.system(), (task, error) -> failures.incrementAndGet());
        pool.start();
        return pool;
    }

    @AfterEach
    void nothingIsLeft() {
        release.countDown();
        Threads.allEnded(name + "-");
    }

    /** Runs until released, whoever interrupts it. */
    private Runnable stubborn(CountDownLatch begun) {
        return () -> {
            begun.countDown();
            while (release.getCount() > 0) {
                Await.opened(release);
                Thread.interrupted();
            }
        };
    }

    @Test
    void anIdlePoolStopsAtOnceAndCleanly() {
        WorkerPool pool = started(8, 10);
        assertThat(pool.stop(LONG, LONG)).isEmpty();
        assertThat(Threads.named(name + "-")).isEmpty();
        assertThat(pool.stop(LONG, LONG)).as("once more").isEmpty();
    }

    @Test
    void whatIsQueuedRunsWithinTheGrace() {
        WorkerPool pool = started(2, 10_000);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 5_000; i++) {
            pool.execute(ran::incrementAndGet);
        }
        assertThat(pool.stop(LONG, LONG)).isEmpty();
        assertThat(ran).hasValue(5_000);
        assertThat(pool.stats().completed()).isEqualTo(5_000);
    }

    @Test
    void aStoppedPoolRefusesTasks() {
        WorkerPool pool = started(1, 10);
        pool.stop(LONG, LONG);
        assertThatThrownBy(() -> pool.execute(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("the workers of '" + name + "' are not running");
    }

    @Test
    void aTaskThatWaitsIsInterruptedAfterTheGraceAndReportedWithItsStack() {
        WorkerPool pool = started(2, 10);
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        pool.execute(named("the slow report", () -> {
            begun.countDown();
            try {
                interrupted.complete(release.await(LONG.toSeconds(), TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                interrupted.complete(true);
            }
        }));
        Await.open("the task begins", begun);
        List<String> stuck = pool.stop(SHORT, LONG);
        assertThat(interrupted).isCompletedWithValue(true);
        assertThat(stuck)
                .singleElement()
                .asString()
                .matches("(?s)" + name + "-worker-\\d has been running the slow report for \\d+ ms\\n.*")
                .contains(WorkerPoolStopTest.class.getName());
        assertThat(Threads.named(name + "-")).isEmpty();
    }

    @Test
    void aTaskThatIgnoresTheInterruptIsGivenUp() {
        WorkerPool pool = started(1, 10);
        CountDownLatch begun = new CountDownLatch(1);
        pool.execute(stubborn(begun));
        Await.open("the task begins", begun);
        assertThat(pool.stop(SHORT, SHORT)).hasSize(1);
        assertThat(Threads.named(name + "-")).hasSize(1);
    }

    /** What is queued behind it must not begin when everybody has been told to end, least of all without being told so itself. */
    @Test
    void whatIsQueuedBehindAnInterruptedTaskDoesNotKeepTheThread() {
        WorkerPool pool = started(1, 10);
        CountDownLatch begun = new CountDownLatch(1);
        Runnable waiting = () -> {
            begun.countDown();
            Await.opened(release);
        };
        pool.execute(waiting);
        pool.execute(waiting);
        pool.execute(waiting);
        Await.open("the first begins", begun);
        assertThat(pool.stop(SHORT, LONG)).hasSize(1);
        assertThat(Threads.named(name + "-")).isEmpty();
    }

    @Test
    void whoWaitsForATaskThatIsDroppedIsTold() {
        WorkerPool pool = started(1, 10);
        CountDownLatch begun = new CountDownLatch(1);
        pool.execute(stubborn(begun));
        Await.open("the first begins", begun);
        CompletableFuture<Void> dropped = pool.submit(() -> {});
        pool.stop(SHORT, SHORT);
        assertThat(dropped)
                .failsWithin(LONG)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(RejectedExecutionException.class)
                .withMessageContaining("the workers of '" + name + "' were stopped before its turn came");
        assertThat(pool.stats().rejected()).isEqualTo(1);
        assertThat(pool.stats().queued()).isZero();
    }

    @Test
    void aSourceQueuedBehindAnInterruptedTaskRunsAndIsInterruptedToo() {
        WorkerPool pool = started(1, 10);
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> told = new CompletableFuture<>();
        pool.execute(() -> {
            begun.countDown();
            Await.opened(release);
        });
        new WorkerPoolTest.Bell(pool, () -> told.complete(!Await.opened(release))).wake();
        Await.open("the first begins", begun);
        pool.stop(SHORT, LONG);
        assertThat(told).isCompletedWithValue(true);
        assertThat(Threads.named(name + "-")).isEmpty();
    }

    @Test
    void aTaskWithoutANameDoesNotSpoilTheReport() {
        WorkerPool pool = started(1, 10);
        CountDownLatch begun = new CountDownLatch(1);
        Runnable body = stubborn(begun);
        pool.execute(new Runnable() {
            @Override
            public void run() {
                body.run();
            }

            @Override
            public String toString() {
                throw new IllegalStateException("planted");
            }
        });
        Await.open("the task begins", begun);
        assertThat(pool.stop(SHORT, SHORT)).singleElement().asString().contains("has been running");
    }

    @Test
    void itRunsAgainAfterAStopAndCountsOn() {
        WorkerPool pool = started(2, 10);
        AtomicInteger ran = new AtomicInteger();
        for (int life = 1; life <= 20; life++) {
            CountDownLatch done = new CountDownLatch(1);
            pool.execute(() -> {
                ran.incrementAndGet();
                done.countDown();
            });
            Await.open("the task of life " + life, done);
            assertThat(pool.stop(LONG, LONG)).isEmpty();
            assertThat(pool.stats().completed()).isEqualTo(life);
            pool.start();
        }
        pool.stop(LONG, LONG);
        assertThat(ran).hasValue(20);
    }

    /** The number of workers is the number of handlers that run at once, whatever an earlier life has left behind. */
    @Test
    void aWorkerGivenUpDoesNotServeTheNextLife() {
        WorkerPool pool = started(1, 100);
        CountDownLatch begun = new CountDownLatch(1);
        pool.execute(stubborn(begun));
        Await.open("the task begins", begun);
        pool.stop(SHORT, SHORT);
        pool.start();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch holding = new CountDownLatch(1);
        pool.execute(() -> {
            holding.countDown();
            Await.opened(held);
        });
        Await.open("the new worker is busy", holding);
        AtomicInteger ran = new AtomicInteger();
        pool.execute(ran::incrementAndGet);
        release.countDown();
        Await.until("the old worker has gone", () -> Threads.named(name + "-").size() == 1);
        assertThat(ran).hasValue(0);
        held.countDown();
        Await.until("the new worker goes on", () -> ran.get() == 1);
        assertThat(pool.stop(LONG, LONG)).isEmpty();
    }

    @Test
    void aSourceLeftBehindByAWorkerGivenUpRunsInTheNextLife() {
        WorkerPool pool = started(1, 100);
        CountDownLatch begun = new CountDownLatch(1);
        pool.execute(stubborn(begun));
        Await.open("the task begins", begun);
        CountDownLatch rung = new CountDownLatch(1);
        new WorkerPoolTest.Bell(pool, rung::countDown).wake();
        pool.stop(SHORT, SHORT);
        assertThat(rung.getCount()).isEqualTo(1);
        pool.start();
        Await.open("the source is run", rung);
        pool.stop(LONG, LONG);
    }

    private static Runnable named(String name, Runnable body) {
        return new Runnable() {
            @Override
            public void run() {
                body.run();
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }
}
