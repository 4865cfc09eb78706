package io.millio.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.internal.ReactorThread;
import io.millio.internal.VirtualThreads;
import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ComputePoolTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final String name = "computetest" + NAMES.incrementAndGet();
    private final Map<Object, Throwable> failures = new ConcurrentHashMap<>();
    private final List<ComputePool> pools = new ArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);

    private ComputePool started(ComputePool.Builder builder) {
        ComputePool pool = builder.name(name).errorListener(failures::put).build();
        pools.add(pool);
        pool.start();
        return pool;
    }

    private ComputePool started(int threads, int queueCapacity) {
        return started(ComputePool.builder().threads(threads).queueCapacity(queueCapacity));
    }

    @AfterEach
    void nothingIsLeft() {
        release.countDown();
        pools.forEach(pool -> pool.stop(LONG, LONG));
        Threads.allEnded(name + "-");
    }

    /** Occupies a thread until {@link #release}. */
    private ComputeTask<Boolean> hold(ComputePool pool) {
        CountDownLatch begun = new CountDownLatch(1);
        ComputeTask<Boolean> task = pool.submit(Priority.CRITICAL, () -> {
            begun.countDown();
            return Await.opened(release);
        });
        Await.open("the thread is occupied", begun);
        return task;
    }

    @Test
    void aPoolStartsNoThreadBeforeThereIsWorkAndNoMoreThanItMay() {
        ComputePool pool = started(2, 10);
        assertThat(Threads.named(name + "-")).isEmpty();
        hold(pool);
        assertThat(Threads.named(name + "-")).containsExactly(name + "-0");
        hold(pool);
        pool.execute(() -> {});
        assertThat(Threads.named(name + "-")).containsExactly(name + "-0", name + "-1");
        assertThat(pool.stats(Priority.CRITICAL).active()).isEqualTo(2);
        assertThat(pool.stats(Priority.NORMAL).queued()).isEqualTo(1);
        assertThat(pool.threads()).isEqualTo(2);
    }

    // ---- order ------------------------------------------------------------------------------------------------------

    @Test
    void theMostUrgentGoesFirstAndEachPriorityKeepsItsOrder() {
        ComputePool pool = started(1, 100);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        hold(pool);
        for (int i = 0; i < 3; i++) {
            for (Priority priority : Priority.values()) {
                String text = priority + " " + i;
                pool.execute(priority, () -> order.add(text));
            }
        }
        release.countDown();
        Await.until("all have run", () -> order.size() == 12);
        assertThat(order)
                .containsExactly(
                        "CRITICAL 0",
                        "CRITICAL 1",
                        "CRITICAL 2",
                        "HIGH 0",
                        "HIGH 1",
                        "HIGH 2",
                        "NORMAL 0",
                        "NORMAL 1",
                        "NORMAL 2",
                        "LOW 0",
                        "LOW 1",
                        "LOW 2");
    }

    /** The defect of old: a task of low priority waited for as long as others of a higher one kept coming. */
    @ParameterizedTest
    @EnumSource(names = "CRITICAL", mode = EnumSource.Mode.EXCLUDE)
    void lowPriorityDoesNotStarveUnderSteadyCriticalLoad(Priority priority) throws Exception {
        ComputePool pool = started(1, 10_000);
        hold(pool);
        Feed feed = new Feed(pool, 200);
        ComputeTask<Integer> task = pool.submit(priority, feed.begun::get);
        release.countDown();
        assertThat(task.get(LONG))
                .as("critical tasks that began before it, and each of which was followed by another one")
                .isLessThanOrEqualTo(priority.patience());
        feed.end();
    }

    /** With all priorities waiting all the time, the oldest of each is passed over as often as it says, and at most twice more. */
    @Test
    void thePromisedBoundHoldsForAllPrioritiesAtOnce() {
        ComputePool pool = started(1, 10_000);
        List<Priority> order = Collections.synchronizedList(new ArrayList<>());
        hold(pool);
        for (Priority priority : Priority.values()) {
            for (int i = 0; i < 1_000; i++) {
                pool.execute(priority, () -> order.add(priority));
            }
        }
        release.countDown();
        Await.until("all have run", () -> order.size() == 4_000);
        for (Priority priority : List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH)) {
            int passed = 0;
            int most = 0;
            for (Priority begun : order.subList(0, order.lastIndexOf(priority))) {
                passed = begun == priority ? 0 : passed + 1;
                most = Math.max(most, passed);
            }
            assertThat(most).as("%s", priority).isBetween(priority.patience(), priority.patience() + 2);
        }
        assertThat(order.subList(0, 1_000).stream()
                        .filter(begun -> begun == Priority.CRITICAL)
                        .count())
                .as("and still the urgent goes first")
                .isBetween(700L, 850L);
    }

    /** Keeps a number of critical tasks waiting at any time, until it is ended. */
    private static final class Feed {
        private final ComputePool pool;
        private final AtomicInteger begun = new AtomicInteger();
        private volatile boolean ended;

        Feed(ComputePool pool, int waiting) {
            this.pool = pool;
            for (int i = 0; i < waiting; i++) {
                pool.execute(Priority.CRITICAL, this::run);
            }
        }

        private void run() {
            begun.incrementAndGet();
            if (!ended) {
                pool.execute(Priority.CRITICAL, this::run);
            }
        }

        void end() {
            ended = true;
        }
    }

    // ---- bounds -----------------------------------------------------------------------------------------------------

    @Test
    void aFullQueueRefusesItsOwnPriorityAndNoOther() {
        ComputePool pool = started(1, 2);
        hold(pool);
        pool.execute(Priority.LOW, () -> {});
        pool.execute(Priority.LOW, () -> {});
        assertThatThrownBy(() -> pool.execute(Priority.LOW, () -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("the LOW queue of '" + name
                        + "' is full with 2 tasks; enlarge it, or slow down when this is thrown");
        pool.execute(Priority.CRITICAL, () -> {});
        assertThat(pool.stats(Priority.LOW).rejected()).isEqualTo(1);
        assertThat(pool.stats(Priority.LOW).queued()).isEqualTo(2);
        assertThat(pool.stats(Priority.CRITICAL).rejected()).isZero();
    }

    @Test
    void whoSubmitsTooMuchRunsItIfThatIsThePolicyButNeverOnAReactor() throws Exception {
        ComputePool pool =
                started(ComputePool.builder().threads(1).queueCapacity(1).rejection(RejectionPolicy.CALLER_RUNS));
        hold(pool);
        pool.execute(() -> {});
        Thread here = Thread.currentThread();
        assertThat(pool.submit(Priority.NORMAL, Thread::currentThread).get(Duration.ZERO))
                .isSameAs(here);
        assertThat(pool.stats(Priority.NORMAL).completed()).isEqualTo(1);
        ReactorThread.enter();
        try {
            assertThatThrownBy(() -> pool.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        } finally {
            ReactorThread.leave();
        }
    }

    @Test
    void settingsOutOfRangeAreNamed() {
        ComputePool.Builder builder = ComputePool.builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.threads(0))
                .withMessage("compute threads must be between 1 and 4096, but is 0");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.queueCapacity(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.name(" "));
    }

    // ---- handles ----------------------------------------------------------------------------------------------------

    @Test
    void aTaskTellsWhatItReturnsAndWhatItThrows() throws Exception {
        ComputePool pool = started(1, 10);
        assertThat(pool.submit(Priority.HIGH, () -> 42).get(LONG)).isEqualTo(42);
        assertThat(pool.submit(Priority.HIGH, () -> null).get(LONG)).isNull();
        ComputeTask<Object> failing = pool.submit(Priority.LOW, () -> {
            throw new java.io.IOException("planted");
        });
        assertThatThrownBy(() -> failing.get(LONG))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("planted");
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        failing.result().whenComplete((value, error) -> told.complete(error));
        assertThat(told.get()).isInstanceOf(CompletionException.class).hasRootCauseMessage("planted");
        assertThat(failing.priority()).isEqualTo(Priority.LOW);
        Runnable throwing = () -> {
            throw new AssertionError("executed");
        };
        pool.execute(throwing);
        Await.until("the failure is reported", () -> failures.containsKey(throwing));
    }

    @Test
    void aWaitForAResultEndsInTimeAndNeverBeginsOnAReactor() {
        ComputePool pool = started(1, 10);
        ComputeTask<Boolean> task = hold(pool);
        assertThatThrownBy(() -> task.get(SHORT))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("was not done within PT0.05S");
        ReactorThread.enter();
        try {
            assertThatIllegalStateException()
                    .isThrownBy(() -> task.get(SHORT))
                    .withMessageContaining("a reactor must not wait");
            release.countDown();
            Await.until("it is done", task::isDone);
            assertThatCodeOf(task);
        } finally {
            ReactorThread.leave();
        }
    }

    private static void assertThatCodeOf(ComputeTask<Boolean> done) {
        try {
            assertThat(done.get(Duration.ZERO)).isTrue();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTaskCancelledBeforeItRunsIsNeverRunAndGivesItsPlaceFree() {
        ComputePool pool = started(1, 1);
        hold(pool);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 10_000; i++) {
            ComputeTask<Integer> task = pool.submit(Priority.NORMAL, ran::incrementAndGet);
            assertThat(task.cancel()).isTrue();
            assertThat(task.cancel()).isFalse();
            assertThat(task.isDone()).isTrue();
            assertThatThrownBy(() -> task.get(Duration.ZERO)).isInstanceOf(CancellationException.class);
        }
        CountDownLatch last = new CountDownLatch(1);
        pool.execute(last::countDown);
        release.countDown();
        Await.open("what was not cancelled runs", last);
        assertThat(ran).hasValue(0);
        Await.until("it is counted", () -> pool.stats(Priority.NORMAL).completed() == 1);
        assertThat(pool.stats(Priority.NORMAL).cancelled()).isEqualTo(10_000);
    }

    @Test
    void aTaskCancelledWhileItRunsIsInterruptedAndItsThreadIsNot() throws Exception {
        ComputePool pool = started(1, 10);
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        ComputeTask<Boolean> task = pool.submit(Priority.NORMAL, () -> {
            begun.countDown();
            interrupted.complete(!Await.opened(release));
            Thread.currentThread().interrupt();
            return true;
        });
        Await.open("it runs", begun);
        assertThat(task.cancel()).isTrue();
        assertThat(interrupted.get()).isTrue();
        assertThatThrownBy(() -> task.get(LONG)).isInstanceOf(CancellationException.class);
        assertThat(pool.submit(Priority.NORMAL, () -> Thread.currentThread().isInterrupted())
                        .get(LONG))
                .isFalse();
        assertThat(pool.stats(Priority.NORMAL).cancelled()).isZero();
    }

    @Test
    void aTaskThatHasEndedCannotBeCancelled() throws Exception {
        ComputePool pool = started(1, 10);
        ComputeTask<Integer> task = pool.submit(Priority.NORMAL, () -> 1);
        assertThat(task.get(LONG)).isEqualTo(1);
        assertThat(task.cancel()).isFalse();
        assertThat(task.get(LONG)).isEqualTo(1);
    }

    // ---- figures ----------------------------------------------------------------------------------------------------

    @Test
    void waitingAndRunningTimesAreThoseOfTheTicker() throws Exception {
        ManualTicker ticker = new ManualTicker(Long.MAX_VALUE);
        ComputePool pool = started(ComputePool.builder().threads(1).ticker(ticker));
        hold(pool);
        ComputeTask<Integer> task = pool.submit(Priority.LOW, () -> {
            ticker.advance(Duration.ofSeconds(3));
            return 1;
        });
        ticker.advance(Duration.ofSeconds(2));
        release.countDown();
        assertThat(task.get(LONG)).isEqualTo(1);
        assertThat(pool.stats(Priority.LOW))
                .isEqualTo(new ComputePool.Stats(0, 0, 1, 0, 0, Duration.ofSeconds(2), Duration.ofSeconds(3)));
    }

    /** Overload, cancels and a stop in the middle: nothing is lost, nothing is counted twice, no future stays open. */
    @ParameterizedTest
    @MethodSource("kindsOfThreads")
    void everyTaskIsCountedOnce(boolean virtual) {
        ComputePool pool =
                started(ComputePool.builder().threads(2).queueCapacity(50).virtual(virtual));
        int threads = 4;
        int each = 20_000;
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        List<ComputeTask<?>> tasks = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch half = new CountDownLatch(threads);
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            Random random = new Random(t);
            Threads.start("compute-client-" + t, () -> {
                for (int i = 0; i < each; i++) {
                    if (i == each / 2) {
                        half.countDown();
                    }
                    try {
                        Priority priority = Priority.values()[random.nextInt(4)];
                        ComputeTask<?> task = pool.submit(priority, ran::incrementAndGet);
                        tasks.add(task);
                        if (random.nextInt(4) == 0) {
                            task.cancel();
                        }
                    } catch (RejectedExecutionException e) {
                        refused.incrementAndGet();
                    }
                }
                done.countDown();
            });
        }
        Await.open("half is submitted", half);
        assertThat(pool.stop(LONG, LONG)).isEmpty();
        Await.open("all is submitted", done);
        long completed = 0;
        long rejected = 0;
        long cancelled = 0;
        for (Priority priority : Priority.values()) {
            ComputePool.Stats stats = pool.stats(priority);
            assertThat(stats.queued() + stats.active()).isZero();
            completed += stats.completed();
            rejected += stats.rejected();
            cancelled += stats.cancelled();
        }
        assertThat(completed + rejected + cancelled).isEqualTo((long) threads * each);
        assertThat(rejected).isGreaterThanOrEqualTo(refused.get());
        assertThat(completed).isGreaterThanOrEqualTo(ran.get());
        assertThat(tasks).allMatch(ComputeTask::isDone);
    }

    // ---- stop -------------------------------------------------------------------------------------------------------

    @Test
    void aStopLetsWhatIsQueuedRun() {
        ComputePool pool = started(2, 1_000);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            pool.execute(Priority.LOW, ran::incrementAndGet);
        }
        assertThat(pool.stop(LONG, LONG)).isEmpty();
        assertThat(ran).hasValue(1_000);
        assertThatThrownBy(() -> pool.execute(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("the pool '" + name + "' is not running");
    }

    @ParameterizedTest
    @MethodSource("kindsOfThreads")
    void atItsDeadlineAStopInterruptsReportsAndDrops(boolean virtual) {
        ComputePool pool = started(ComputePool.builder().threads(1).virtual(virtual));
        CountDownLatch begun = new CountDownLatch(1);
        ComputeTask<Boolean> stuck = pool.submit(Priority.LOW, new java.util.concurrent.Callable<Boolean>() {
            @Override
            public Boolean call() {
                begun.countDown();
                return Await.opened(release);
            }

            @Override
            public String toString() {
                return "the yearly report";
            }
        });
        Await.open("it runs", begun);
        ComputeTask<Integer> waiting = pool.submit(Priority.HIGH, () -> 1);
        assertThat(pool.stop(SHORT, LONG))
                .singleElement()
                .asString()
                .contains("has been running the yearly report for")
                .contains(ComputePoolTest.class.getName());
        assertThat(Await.result("the interrupted task", stuck.result())).isFalse();
        assertThatThrownBy(() -> waiting.get(LONG))
                .hasCauseInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("was stopped before its turn came");
        assertThat(pool.stats(Priority.HIGH).rejected()).isEqualTo(1);
        assertThat(Threads.named(name + "-")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("kindsOfThreads")
    void itRunsAgainAfterAStop(boolean virtual) throws Exception {
        ComputePool pool = started(ComputePool.builder().threads(2).virtual(virtual));
        for (int life = 1; life <= 20; life++) {
            assertThat(pool.submit(Priority.NORMAL, () -> 7).get(LONG)).isEqualTo(7);
            assertThat(pool.stop(LONG, LONG)).isEmpty();
            assertThat(pool.stats(Priority.NORMAL).completed()).isEqualTo(life);
            pool.start();
        }
        assertThatIllegalStateException().isThrownBy(pool::start);
    }

    // ---- virtual threads --------------------------------------------------------------------------------------------

    /** Whether on virtual threads: both where the JDK has them. */
    static Stream<Boolean> kindsOfThreads() {
        return VirtualThreads.supported() ? Stream.of(false, true) : Stream.of(false);
    }

    @Test
    void virtualThreadsAreAsManyAsAllowedAtOnceOrTheErrorNamesTheJdkThatHasThem() {
        if (!VirtualThreads.supported()) {
            assertThatThrownBy(() -> ComputePool.builder().virtual(true).build())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("JDK has from 21 on")
                    .hasMessageContaining(Runtime.version().toString());
            return;
        }
        ComputePool pool = started(ComputePool.builder().threads(100).virtual(true));
        CountDownLatch hundred = new CountDownLatch(100);
        AtomicInteger atOnce = new AtomicInteger();
        for (int i = 0; i < 150; i++) {
            pool.execute(() -> {
                atOnce.incrementAndGet();
                hundred.countDown();
                Await.opened(release);
            });
        }
        Await.open("a hundred run at once", hundred);
        assertThat(Threads.named(name + "-")).as("platform threads").isEmpty();
        assertThat(pool.stats(Priority.NORMAL).active()).isEqualTo(100);
        assertThat(pool.stats(Priority.NORMAL).queued()).isEqualTo(50);
        assertThat(atOnce).hasValue(100);
        release.countDown();
        Await.until("all have run", () -> pool.stats(Priority.NORMAL).completed() == 150);
    }
}
