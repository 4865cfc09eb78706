package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Threads;
import io.millio.time.Timeout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** execute, submit, schedule and the executor. */
class LoopTaskTest {
    private static final int BOUND = 65_536;

    @Test
    void tasksOfOneThreadKeepTheirOrder() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.reactors(2))) {
            int producers = 3;
            int each = 20_000;
            int[] last = new int[producers];
            AtomicInteger wrong = new AtomicInteger();
            CountDownLatch done = new CountDownLatch(producers * each);
            List<Thread> threads = new ArrayList<>();
            for (int p = 0; p < producers; p++) {
                int producer = p;
                threads.add(Threads.start("producer-" + p, () -> {
                    for (int i = 1; i <= each; i++) {
                        int n = i;
                        test.loop.execute(() -> {
                            if (last[producer] != n - 1) {
                                wrong.incrementAndGet();
                            }
                            last[producer] = n;
                            done.countDown();
                        });
                    }
                }));
            }
            threads.forEach(Await::end);
            Await.open("all tasks", done);
            assertThat(wrong).hasValue(0);
            assertThat(test.reactor().tasksPending()).isZero();
        }
    }

    @Test
    void aTaskRunsOnTheCallersReactorIfItIsOneElseOnTheFirst() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.reactors(2).dispatch(Dispatch.DIRECT))) {
            List<String> threads = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch done = new CountDownLatch(3);
            Runnable note = () -> {
                threads.add(Thread.currentThread().getName());
                done.countDown();
            };
            test.loop.execute(note);
            for (int i = 0; i < 2; i++) {
                // Sources take turns on the reactors.
                test.loop
                        .trigger(Token.of(i), event -> {
                            if (!event.isClosed()) {
                                test.loop.execute(note);
                            }
                        })
                        .fire();
            }
            Await.open("three tasks", done);
            assertThat(threads)
                    .containsExactlyInAnyOrder(
                            test.name + "-reactor-0", test.name + "-reactor-0", test.name + "-reactor-1");
        }
    }

    @Test
    void whatWasExecutedScheduledAndFiredBeforeTheStartIsKeptForIt() throws Exception {
        try (TestLoop test = new TestLoop()) {
            CountDownLatch done = new CountDownLatch(3);
            test.loop.execute(done::countDown);
            test.loop.schedule(Duration.ofMillis(1), done::countDown);
            test.loop.trigger(Token.of(1), event -> done.countDown()).fire();
            assertThat(test.reactor().tasksPending()).isEqualTo(1);
            assertThat(test.reactor().timersPending()).isEqualTo(1);
            test.loop.start();
            Await.open("all three", done);
        }
    }

    @Test
    void theQueueOfAReactorIsBoundedAndSaysSo() throws Exception {
        try (TestLoop test = new TestLoop()) {
            AtomicInteger ran = new AtomicInteger();
            for (int i = 0; i < BOUND; i++) {
                test.loop.execute(ran::incrementAndGet);
            }
            assertThatThrownBy(() -> test.loop.execute(ran::incrementAndGet))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessage("the task queue of reactor 0 is full with 65536 tasks; slow down when this is thrown");
            assertThat(test.reactor().tasksPending()).isEqualTo(BOUND);
            test.loop.start();
            Await.until("all are run", () -> ran.get() == BOUND);
            test.loop.execute(ran::incrementAndGet);
            Await.until("there is room again", () -> ran.get() == BOUND + 1);
        }
    }

    @Test
    void aStopRunsWhatIsQueuedAndEndsAllTheSame() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            AtomicInteger ran = new AtomicInteger();
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            test.loop.execute(() -> {
                busy.countDown();
                Await.opened(release);
            });
            Await.open("busy", busy);
            for (int i = 0; i < BOUND - 1; i++) {
                test.loop.execute(ran::incrementAndGet);
            }
            Runnable again = new Runnable() {
                @Override
                public void run() {
                    test.loop.execute(this);
                }
            };
            test.loop.execute(again);
            test.loop.stop();
            release.countDown();
            Await.until("stopped", () -> test.state() == LoopStats.State.STOPPED);
            assertThat(ran).hasValue(BOUND - 1);
        }
    }

    @Test
    void theWorkersQueueIsBoundedAsConfigured() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.workers(1).workerQueue(5))) {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            test.loop.submit(() -> {
                busy.countDown();
                Await.opened(release);
            });
            Await.open("busy", busy);
            List<CompletableFuture<Void>> queued = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                queued.add(test.loop.submit(() -> {}));
            }
            assertThatThrownBy(() -> test.loop.submit(() -> {}))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessage("the queue of '" + test.name
                            + "' is full with 5 tasks; enlarge worker-queue, or slow down when this is thrown");
            assertThat(test.loop.stats().workers().rejected()).isEqualTo(1);
            release.countDown();
            queued.forEach(future -> assertThat(future).succeedsWithin(Await.LIMIT));
        }
    }

    @Test
    void theWorkersQueueHoldsAThousandTasksPerWorkerByDefault() throws Exception {
        assertThat(EventLoop.builder().workers(3).options().workerQueue()).isEqualTo(3 * 1024);
    }

    @Test
    void aSubmissionNeedsALoopThatRuns() throws Exception {
        try (TestLoop test = new TestLoop()) {
            assertThatThrownBy(() -> test.loop.submit(() -> {}))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessage("the workers of '" + test.name + "' are not running");
        }
    }

    @Test
    void tasksMustBeGiven() throws Exception {
        try (TestLoop test = new TestLoop()) {
            assertThatNullPointerException()
                    .isThrownBy(() -> test.loop.execute(null))
                    .withMessage("task");
            assertThatNullPointerException()
                    .isThrownBy(() -> test.loop.submit(null))
                    .withMessage("task");
            assertThatNullPointerException()
                    .isThrownBy(() -> test.loop.schedule(Duration.ZERO, null))
                    .withMessage("task");
        }
    }

    @Test
    void theExecutorRunsOnTheReactor() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            Executor executor = test.loop.asExecutor();
            CompletableFuture<String> thread =
                    CompletableFuture.supplyAsync(() -> Thread.currentThread().getName(), executor);
            assertThat(thread).succeedsWithin(Await.LIMIT).isEqualTo(test.name + "-reactor-0");
            assertThat(test.loop).isNotInstanceOf(Executor.class);
        }
    }

    @Test
    void noTimerFiresEarlyAndTheyFireInOrder() throws Exception {
        ManualTicker ticker = new ManualTicker();
        try (TestLoop test = TestLoop.started(builder -> builder.ticker(ticker).pollTimeout(Duration.ofMillis(1)))) {
            List<Integer> fired = Collections.synchronizedList(new ArrayList<>());
            for (int millis : new int[] {30, 10, 20}) {
                test.loop.schedule(Duration.ofMillis(millis), () -> fired.add(millis));
            }
            int selects = test.selectors.selects.get();
            Await.until("the reactor comes round", () -> test.selectors.selects.get() > selects + 3);
            assertThat(fired).isEmpty();
            ticker.advanceNanos(Duration.ofMillis(10).toNanos() - 1);
            int again = test.selectors.selects.get();
            Await.until("the reactor comes round", () -> test.selectors.selects.get() > again + 3);
            assertThat(fired).as("a nanosecond before").isEmpty();
            ticker.advanceNanos(1);
            Await.until("the first", () -> fired.equals(List.of(10)));
            ticker.advance(Duration.ofSeconds(1));
            Await.until("the others", () -> fired.equals(List.of(10, 20, 30)));
            assertThat(test.reactor().timersFired()).isEqualTo(3);
        }
    }

    @Test
    void aDelayOfNothingOrLessIsDueAtOnce() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.pollTimeout(Duration.ZERO))) {
            CountDownLatch done = new CountDownLatch(4);
            test.loop.schedule(Duration.ZERO, done::countDown);
            test.loop.schedule(Duration.ofSeconds(Long.MIN_VALUE), done::countDown);
            test.loop.execute(() -> {
                test.loop.schedule(Duration.ZERO, done::countDown);
                test.loop.schedule(Duration.ofNanos(-1), done::countDown);
            });
            Await.open("all four", done);
        }
    }

    @Test
    void aTimerMayBeCancelledByAnyThreadUntilItRuns() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            AtomicInteger ran = new AtomicInteger();
            Timeout never = test.loop.schedule(Duration.ofSeconds(Long.MAX_VALUE), ran::incrementAndGet);
            assertThat(never.cancel()).isTrue();
            assertThat(never.cancel()).isFalse();
            AtomicReference<Timeout> inner = new AtomicReference<>();
            CountDownLatch done = new CountDownLatch(1);
            test.loop.execute(() -> {
                inner.set(test.loop.schedule(Duration.ofMillis(20), ran::incrementAndGet));
                test.loop.schedule(Duration.ofMillis(40), done::countDown);
            });
            Await.until("scheduled", () -> inner.get() != null);
            boolean inTime = inner.get().cancel();
            Await.open("later", done);
            assertThat(ran).hasValue(inTime ? 0 : 1);
            Await.until("none is left", () -> test.reactor().timersPending() == 0);
        }
    }

    /** A timer that is cancelled holds memory and a place until the reactor hears of it, which may be long asleep. */
    @Test
    void timersThatAreScheduledAndCancelledWhileTheReactorSleepsNeverFillTheWheel() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.pollTimeout(Duration.ZERO))) {
            for (int i = 0; i < 1_200_000; i++) {
                test.loop.schedule(Duration.ofHours(1), () -> {}).cancel();
                if (i % 10_000 == 0) {
                    Await.until(
                            () -> test.reactor().timersPending() + " left",
                            () -> test.reactor().timersPending() < 100_000);
                }
            }
        }
    }

    @Test
    void aStopCancelsTheTimersOfItsLife() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            AtomicInteger ran = new AtomicInteger();
            Timeout old = test.loop.schedule(Duration.ofMillis(300), ran::incrementAndGet);
            test.stopAndWait();
            assertThat(old.isCancelled()).isTrue();
            assertThat(test.reactor().timersPending()).isZero();
            test.loop.start();
            CountDownLatch later = new CountDownLatch(1);
            test.loop.schedule(Duration.ofMillis(400), later::countDown);
            Await.open("later", later);
            assertThat(ran).hasValue(0);
        }
    }
}
