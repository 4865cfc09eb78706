package io.millio.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.internal.Lane;
import io.millio.internal.SerialTask;
import io.millio.internal.SerialTaskList;
import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static final AtomicInteger NAMES = new AtomicInteger();

    /** Of its own for each test, so that one that leaves a thread behind does not make the next ones fail. */
    private final String name = "pooltest" + NAMES.incrementAndGet();

    private final Map<Object, Throwable> failures = new ConcurrentHashMap<>();
    private final List<WorkerPool> pools = new ArrayList<>();

    private WorkerPool pool(int threads, int capacity) {
        return pool(threads, capacity, failures::put);
    }

    private WorkerPool pool(int threads, int capacity, BiConsumer<Object, Throwable> errors) {
        WorkerPool made = new WorkerPool(name, threads, capacity, Ticker.system(), errors);
        pools.add(made);
        return made;
    }

    @AfterEach
    void nothingIsLeft() {
        pools.forEach(pool -> pool.stop(GRACE, GRACE));
        Threads.allEnded(name + "-");
    }

    @Test
    void aPoolThatWasNotStartedHasNoThreadAndTakesNoTask() {
        WorkerPool pool = pool(4, 10);
        assertThat(Threads.named(name + "-")).isEmpty();
        assertThatThrownBy(() -> pool.execute(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("the workers of '" + name + "' are not running");
        assertThat(pool.stats().rejected()).isEqualTo(1);
    }

    @Test
    void threadsAreNamedAndKeepTheProcessAlive() throws Exception {
        WorkerPool pool = pool(3, 10);
        pool.start();
        assertThat(Threads.named(name + "-"))
                .containsExactly(name + "-worker-0", name + "-worker-1", name + "-worker-2");
        AtomicBoolean daemon = new AtomicBoolean(true);
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(() -> {
            daemon.set(Thread.currentThread().isDaemon());
            done.countDown();
        });
        Await.open("the task", done);
        assertThat(daemon).isFalse();
    }

    @Test
    void startingTwiceIsRefused() {
        WorkerPool pool = pool(1, 10);
        pool.start();
        assertThatIllegalStateException()
                .isThrownBy(pool::start)
                .withMessage("the workers of '" + name + "' run already");
    }

    @Test
    void sizesOutOfRangeAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pool(0, 1))
                .withMessage("workers must be between 1 and 4096, but is 0");
        assertThatIllegalArgumentException().isThrownBy(() -> pool(4097, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pool(1, 0))
                .withMessageContaining("worker queue")
                .withMessageContaining("but is 0");
    }

    @Test
    void nullIsRefusedAtOnce() {
        WorkerPool pool = pool(1, 1);
        pool.start();
        assertThatNullPointerException().isThrownBy(() -> pool.execute(null));
    }

    @Test
    void oneWorkerKeepsTheOrder() {
        WorkerPool pool = pool(1, 10_000);
        pool.start();
        List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(1);
        for (int i = 0; i < 10_000; i++) {
            int n = i;
            pool.execute(() -> seen.add(n));
            if (i % 100 == 99) {
                // The bound counts what waits, so give way now and then.
                Await.until("room", () -> pool.stats().queued() < 5_000);
            }
        }
        pool.execute(done::countDown);
        Await.open("the last task", done);
        assertThat(seen).hasSize(10_000).isSorted();
    }

    @Test
    void tasksAndSourcesShareOneOrder() {
        WorkerPool pool = pool(1, 10);
        pool.start();
        CountDownLatch hold = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        pool.execute(() -> Await.opened(hold));
        pool.execute(() -> seen.add("task 1"));
        new Bell(pool, () -> seen.add("source")).wake();
        pool.execute(() -> seen.add("task 2"));
        pool.execute(done::countDown);
        hold.countDown();
        Await.open("the last task", done);
        assertThat(seen).containsExactly("task 1", "source", "task 2");
    }

    @Test
    void theBoundCountsWaitingTasksAndNamesItself() {
        WorkerPool pool = pool(1, 3);
        pool.start();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch hold = new CountDownLatch(1);
        pool.execute(() -> {
            begun.countDown();
            Await.opened(hold);
        });
        Await.open("the worker is busy", begun);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            pool.execute(ran::incrementAndGet);
        }
        assertThatThrownBy(() -> pool.execute(ran::incrementAndGet))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("the queue of '" + name
                        + "' is full with 3 tasks; enlarge worker-queue, or slow down when this is thrown");
        assertThat(pool.stats().queued()).isEqualTo(3);
        hold.countDown();
        Await.until("the three run", () -> ran.get() == 3);
        pool.execute(ran::incrementAndGet);
        Await.until("there is room again", () -> ran.get() == 4);
    }

    @Test
    void sourcesAreNeverRefused() {
        WorkerPool pool = pool(1, 1);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            new Bell(pool, ran::incrementAndGet).wake();
        }
        assertThat(pool.stats().queued()).as("kept until the start").isEqualTo(100);
        pool.start();
        Await.until(() -> ran + " of 100 sources ran", () -> ran.get() == 100);
    }

    /** One wake-up is passed on from worker to worker: as many tasks that wait for each other need as many threads. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 32})
    void asManyBlockingTasksRunAtOnceAsThereAreThreads(int threads) {
        WorkerPool pool = pool(threads, 1000);
        pool.start();
        for (int round = 0; round < 20; round++) {
            CyclicBarrier all = new CyclicBarrier(threads);
            CountDownLatch met = new CountDownLatch(threads);
            Set<Thread> ran = ConcurrentHashMap.newKeySet();
            SerialTaskList batch = new SerialTaskList();
            for (int i = 0; i < threads; i++) {
                Runnable meet = () -> {
                    ran.add(Thread.currentThread());
                    try {
                        all.await(20, TimeUnit.SECONDS);
                        met.countDown();
                    } catch (Exception e) {
                        Thread.currentThread().interrupt();
                    }
                };
                if (round % 2 == 0) {
                    pool.execute(meet);
                } else {
                    // As a reactor does at the end of its turn: all at once, for one wake-up.
                    new Bell(meet, batch::add).wake();
                }
            }
            pool.execute(batch);
            Await.open("all " + threads + " met in round " + round, met);
            assertThat(ran).hasSize(threads);
        }
    }

    @Test
    void aTaskThatThrowsIsReportedAndHarmsNothing() {
        WorkerPool pool = pool(1, 10);
        pool.start();
        Error planted = new OutOfMemoryError("planted");
        Runnable failing = () -> {
            throw planted;
        };
        pool.execute(failing);
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(done::countDown);
        Await.open("the next task", done);
        assertThat(failures)
                .as("the task itself is named")
                .containsOnlyKeys(failing)
                .containsValue(planted);
    }

    @Test
    void aSubmittedTaskTellsHowItEnded() {
        WorkerPool pool = pool(1, 10);
        pool.start();
        AtomicBoolean ran = new AtomicBoolean();
        assertThat(pool.submit(() -> ran.set(true))).succeedsWithin(Await.LIMIT);
        assertThat(ran).isTrue();
        Error planted = new StackOverflowError("planted");
        assertThat(pool.submit(() -> {
                    throw planted;
                }))
                .failsWithin(Await.LIMIT)
                .withThrowableOfType(ExecutionException.class)
                .withCause(planted);
        assertThat(failures).as("told once").isEmpty();
    }

    @Test
    void aSubmittedTaskThatWasCancelledInTimeIsNotRun() {
        WorkerPool pool = pool(1, 10);
        pool.start();
        CountDownLatch hold = new CountDownLatch(1);
        pool.execute(() -> Await.opened(hold));
        AtomicBoolean ran = new AtomicBoolean();
        pool.submit(() -> ran.set(true)).cancel(false);
        hold.countDown();
        assertThat(pool.submit(() -> {})).succeedsWithin(Await.LIMIT);
        assertThat(ran).isFalse();
    }

    @Test
    void aReporterThatThrowsDoesNotCostAWorker() {
        WorkerPool pool = pool(1, 10, (task, error) -> {
            throw new IllegalStateException("planted", error);
        });
        pool.start();
        pool.execute(() -> {
            throw new IllegalArgumentException("planted");
        });
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(done::countDown);
        Await.open("the next task", done);
    }

    /** A handler that was interrupted and says so, as it should, must not make its worker spin. */
    @Test
    void anInterruptFlagLeftBehindIsNotHandedToTheNextTask() {
        WorkerPool pool = pool(1, 10);
        pool.start();
        pool.execute(() -> Thread.currentThread().interrupt());
        AtomicBoolean interrupted = new AtomicBoolean(true);
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(() -> {
            interrupted.set(Thread.currentThread().isInterrupted());
            done.countDown();
        });
        Await.open("the next task", done);
        assertThat(interrupted).isFalse();
    }

    @Test
    void anIdleWorkerSleepsEvenIfItsTaskLeftTheInterruptFlagSet() {
        WorkerPool pool = pool(1, 10);
        pool.start();
        List<Thread> worker = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(() -> {
            worker.add(Thread.currentThread());
            Thread.currentThread().interrupt();
            done.countDown();
        });
        Await.open("the task", done);
        Await.until("it is accounted for", () -> pool.stats().completed() == 1);
        Await.until(
                () -> "asleep, but is " + worker.get(0).getState() + " and interrupted "
                        + worker.get(0).isInterrupted(),
                () -> worker.get(0).getState() == Thread.State.WAITING
                        && !worker.get(0).isInterrupted());
    }

    /**
     * A worker that is woken for nothing, here by a stranger's unpark, may find a task all the same. It then is busy and must not
     * be taken for an idle one, or a call is wasted on it while others sleep.
     */
    @Test
    void aWorkerWokenForNothingIsNotCalledWhileItIsBusy() {
        int threads = 6;
        WorkerPool pool = pool(threads, 1000);
        pool.start();
        Set<Thread> workers = ConcurrentHashMap.newKeySet();
        occupyAll(pool, threads, workers);
        List<Thread> each = List.copyOf(workers);
        for (int round = 0; round < 1000; round++) {
            LockSupport.unpark(each.get(round % threads));
            occupyAll(pool, threads, workers);
        }
    }

    /** Gives out one task after the other has begun, until all threads are in use. */
    private static void occupyAll(WorkerPool pool, int threads, Set<Thread> workers) {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger inside = new AtomicInteger();
        for (int i = 0; i < threads; i++) {
            int wanted = i + 1;
            pool.execute(() -> {
                workers.add(Thread.currentThread());
                inside.incrementAndGet();
                Await.opened(release);
            });
            Await.until(() -> wanted + " of " + threads + " threads are in use", () -> inside.get() == wanted);
        }
        release.countDown();
        Await.until("all are idle", () -> pool.stats().active() == 0);
    }

    @Test
    void everythingAddsUp() {
        WorkerPool pool = pool(3, 100_000);
        pool.start();
        int tasks = 20_000;
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < tasks; i++) {
            pool.execute(
                    i % 10 == 0
                            ? () -> {
                                ran.incrementAndGet();
                                throw new IllegalStateException("planted");
                            }
                            : ran::incrementAndGet);
        }
        Await.until(() -> pool.stats().toString(), () -> pool.stats().completed() == tasks);
        WorkerPool.Stats stats = pool.stats();
        assertThat(ran).hasValue(tasks);
        assertThat(stats.threads()).isEqualTo(3);
        assertThat(stats.active()).isZero();
        assertThat(stats.queued()).isZero();
        assertThat(stats.rejected()).isZero();
        assertThat(stats.waited()).isPositive();
        assertThat(stats.ran()).isPositive();
    }

    @Test
    void aWorkerKnowsItsPool() {
        WorkerPool pool = pool(1, 10);
        WorkerPool other = pool(1, 10);
        pool.start();
        ConcurrentLinkedQueue<Boolean> answers = new ConcurrentLinkedQueue<>();
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(() -> {
            answers.add(pool.inWorker());
            answers.add(other.inWorker());
            done.countDown();
        });
        Await.open("the task", done);
        assertThat(answers).containsExactly(true, false);
        assertThat(pool.inWorker()).isFalse();
    }

    /** A source that runs something whenever it is woken. */
    static final class Bell extends SerialTask {
        private final Runnable body;
        private final Lane lane;

        Bell(WorkerPool pool, Runnable body) {
            this(body, pool::execute);
        }

        Bell(Runnable body, Lane lane) {
            this.body = body;
            this.lane = lane;
        }

        @Override
        protected boolean turn() {
            body.run();
            return false;
        }

        @Override
        protected Lane lane() {
            return lane;
        }
    }
}
