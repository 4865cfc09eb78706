package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopComponent;
import io.millio.internal.ReactorPort;
import io.millio.loop.LoopStats.State;
import io.millio.testkit.Await;
import io.millio.time.Timeout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(100);

    /** A part of the loop that has as much to do as the test says. */
    private static final class Part implements LoopComponent {
        private final CompletableFuture<DrainCount> drained = new CompletableFuture<>();
        private final AtomicInteger cuts = new AtomicInteger();
        private final CountDownLatch draining = new CountDownLatch(1);
        private final CountDownLatch cut = new CountDownLatch(1);
        private final boolean last;

        Part() {
            this(false);
        }

        Part(boolean last) {
            this.last = last;
        }

        @Override
        public boolean drainsLast() {
            return last;
        }

        @Override
        public void loopStarted() {}

        @Override
        public CompletionStage<DrainCount> drain() {
            draining.countDown();
            return drained;
        }

        @Override
        public void cut() {
            cuts.incrementAndGet();
            cut.countDown();
        }

        @Override
        public void reactorStopping(ReactorPort reactor) {}

        @Override
        public void loopStopped() {
            drained.complete(new DrainCount(7, cuts.get()));
        }
    }

    @Test
    void aLoopWithNothingToDoEndsAtOnceAndCleanly() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            DrainReport report = Await.result("the drain", test.loop.shutdown(LONG));
            assertThat(report.isClean()).isTrue();
            assertThat(report.drained()).isZero();
            assertThat(report.duration()).isPositive().isLessThan(Duration.ofSeconds(20));
            assertThat(test.state()).isEqualTo(State.STOPPED);
        }
    }

    /** The loop would drain for ever otherwise: a second shutdown gets the report of the first. */
    @Test
    void aShutdownThatFindsNoRoomForItsTimerCutsAtOnce() throws Exception {
        Part part = new Part();
        try (TestLoop test = TestLoop.started()) {
            test.port().attach(part);
            for (int i = 0; i < LoopOptions.MAX_TIMERS; i++) {
                Timeout unused = test.loop.schedule(LONG, () -> {});
            }
            DrainReport report = Await.result("the drain", test.loop.shutdown(LONG));
            assertThat(report.drained()).isEqualTo(7);
            assertThat(report.cut()).isEqualTo(1);
            assertThat(test.state()).isEqualTo(State.STOPPED);
        }
    }

    @Test
    void whatOthersMayNeedIsDrainedAfterThem() throws Exception {
        Part needed = new Part(true);
        Part needing = new Part();
        try (TestLoop test = TestLoop.started()) {
            LoopAccess.of(test.loop).attach(needed);
            LoopAccess.of(test.loop).attach(needing);
            CompletionStage<DrainReport> report = test.loop.shutdown(LONG);
            assertThat(needing.draining.getCount()).isZero();
            assertThat(needed.draining.getCount()).isEqualTo(1);
            needing.drained.complete(new DrainCount(1, 0));
            assertThat(needed.draining.getCount()).isZero();
            needed.drained.complete(new DrainCount(2, 0));
            assertThat(Await.result("the drain", report).drained()).isEqualTo(3);
        }
    }

    @Test
    void whatWasToBeDrainedLastIsCountedWhenItIsCut() throws Exception {
        Part needed = new Part(true);
        try (TestLoop test = TestLoop.started()) {
            LoopAccess.of(test.loop).attach(new Part());
            LoopAccess.of(test.loop).attach(needed);
            DrainReport report = Await.result("the drain", test.loop.shutdown(SHORT));
            assertThat(needed.draining.getCount()).isZero();
            assertThat(report.cut()).isEqualTo(2);
        }
    }

    @Test
    void shuttingDownWhatDoesNotRunIsDoneAlready() throws Exception {
        try (TestLoop test = new TestLoop()) {
            assertThat(Await.result("new", test.loop.shutdown(LONG)).isClean()).isTrue();
            assertThat(test.state()).isEqualTo(State.NEW);
            test.loop.start();
            Await.result("running", test.loop.shutdown(LONG));
            assertThat(Await.result("stopped", test.loop.shutdown(LONG)).isClean())
                    .isTrue();
            test.loop.close();
            assertThat(Await.result("closed", test.loop.shutdown(LONG)).isClean())
                    .isTrue();
            assertThat(test.state()).isEqualTo(State.CLOSED);
        }
    }

    @Test
    void aNegativeTimeoutIsRefusedAndALongOneIsNot() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> test.loop.shutdown(Duration.ofMillis(-1)))
                    .withMessageContaining("timeout must not be negative, but is PT-0.001S");
            assertThat(test.state()).isEqualTo(State.RUNNING);
            Await.result("the drain", test.loop.shutdown(Duration.ofSeconds(Long.MAX_VALUE)));
        }
    }

    @Test
    void theDrainEndsWhenTheWorkEnds() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Part part = new Part();
            test.port().attach(part);
            test.loop.start();
            CompletableFuture<DrainReport> report = test.loop.shutdown(LONG).toCompletableFuture();
            Await.open("the part drains", part.draining);
            assertThat(test.state()).isEqualTo(State.DRAINING);
            CountDownLatch served = new CountDownLatch(2);
            test.loop.execute(served::countDown);
            test.loop.submit(served::countDown);
            Await.open("a draining loop still serves", served);
            assertThat(report).isNotDone();
            part.drained.complete(new DrainCount(7, part.cuts.get()));
            assertThat(Await.result("the drain", report)).satisfies(achieved -> {
                assertThat(achieved.drained()).isEqualTo(7);
                assertThat(achieved.cut()).isZero();
                assertThat(achieved.isClean()).isTrue();
            });
            assertThat(part.cuts).hasValue(0);
        }
    }

    @Test
    void aSecondShutdownGetsTheReportOfTheFirst() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Part part = new Part();
            test.port().attach(part);
            test.loop.start();
            CompletionStage<DrainReport> first = test.loop.shutdown(LONG);
            CompletionStage<DrainReport> second = test.loop.shutdown(Duration.ZERO);
            part.drained.complete(new DrainCount(7, part.cuts.get()));
            assertThat(Await.result("the second", second)).isSameAs(Await.result("the first", first));
            assertThat(part.cuts).as("the first time-out holds").hasValue(0);
        }
    }

    @Test
    void atTheDeadlineWhatIsLeftIsCut() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Part part = new Part();
            test.port().attach(part);
            test.loop.start();
            long start = System.nanoTime();
            DrainReport report = Await.result("the drain", test.loop.shutdown(SHORT));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(SHORT);
            assertThat(part.cuts).hasValue(1);
            assertThat(report.cut()).isEqualTo(1);
            assertThat(report.isClean()).isFalse();
            assertThat(report.duration()).isGreaterThanOrEqualTo(SHORT);
        }
    }

    @Test
    void aStopEndsADrain() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Part part = new Part();
            test.port().attach(part);
            test.loop.start();
            CompletionStage<DrainReport> report = test.loop.shutdown(LONG);
            test.loop.stop();
            Await.result("the drain", report);
            assertThat(test.state()).isEqualTo(State.STOPPED);
        }
    }

    @Test
    void atTheDeadlineAStuckHandlerIsInterruptedAndReportedWithItsStack() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch never = new CountDownLatch(1);
            CompletableFuture<Boolean> opened = new CompletableFuture<>();
            test.loop
                    .trigger(Token.of(3), event -> {
                        begun.countDown();
                        if (!event.isClosed()) {
                            opened.complete(Await.opened(never));
                        }
                    })
                    .fire();
            Await.open("the handler begins", begun);
            DrainReport report = Await.result("the drain", test.loop.shutdown(SHORT));
            assertThat(opened).isCompletedWithValue(false);
            assertThat(report.isClean()).isFalse();
            assertThat(report.stuck())
                    .singleElement()
                    .asString()
                    .startsWith(test.name + "-worker-")
                    .contains("TriggerSource of token 3 on loop '" + test.name + "'")
                    .contains(ShutdownTest.class.getName());
        }
    }

    @Test
    void aHandlerThatReturnsInTimeIsNotInterrupted() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            CompletableFuture<Boolean> opened = new CompletableFuture<>();
            test.loop.submit(() -> {
                begun.countDown();
                opened.complete(Await.opened(release));
            });
            Await.open("the handler begins", begun);
            CompletionStage<DrainReport> report = test.loop.shutdown(LONG);
            release.countDown();
            assertThat(Await.result("the drain", report).isClean()).isTrue();
            assertThat(opened).isCompletedWithValue(true);
        }
    }

    @Test
    void itIsLegalInEveryCallback() throws Exception {
        try (TestLoop test = new TestLoop()) {
            for (int n = 0; n < 3; n++) {
                test.loop.start();
                CompletableFuture<CompletionStage<DrainReport>> stage = new CompletableFuture<>();
                Runnable shutdown = () -> stage.complete(test.loop.shutdown(LONG));
                switch (n) {
                    case 0 -> test.loop.execute(shutdown);
                    case 1 -> test.loop.submit(shutdown);
                    default -> test.loop.schedule(Duration.ZERO, shutdown);
                }
                Await.result("the drain", Await.result("the callback", stage));
                assertThat(test.state()).isEqualTo(State.STOPPED);
            }
        }
    }

    /** A shutdown that comes while a stop waits for its workers sets a deadline; it is not the deadline of the next life. */
    @Test
    void aDeadlineThatCameTooLateDoesNotEndTheNextLife() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            test.loop.submit(() -> {
                begun.countDown();
                Await.opened(release);
            });
            Await.open("a worker is busy", begun);
            test.loop.stop();
            Await.until("the reactor has ended", () -> test.selectors.closes.get() == 1);
            CompletionStage<DrainReport> report = test.loop.shutdown(Duration.ofMillis(300));
            release.countDown();
            Await.result("the stop", report);

            test.loop.start();
            CountDownLatch later = new CountDownLatch(1);
            test.loop.schedule(Duration.ofMillis(600), later::countDown);
            Await.open("a timer well behind that deadline", later);
            assertThat(test.state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void aPartThatDrainsLateDoesNotEndTheNextLife() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Part part = new Part();
            test.port().attach(part);
            test.loop.start();
            CompletionStage<DrainReport> report = test.loop.shutdown(LONG);
            test.loop.stop();
            Await.result("the stop", report);
            test.loop.start();
            part.drained.complete(new DrainCount(7, part.cuts.get()));
            CountDownLatch done = new CountDownLatch(2);
            test.loop.execute(() -> test.loop.execute(done::countDown));
            test.loop.schedule(Duration.ofMillis(20), done::countDown);
            Await.open("it goes on", done);
            assertThat(test.state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void aPartThatCannotDrainDoesNotKeepTheLoop() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Part part = new Part();
            test.port().attach(part);
            test.loop.start();
            part.drained.completeExceptionally(new IllegalStateException("planted"));
            Await.result("the drain", test.loop.shutdown(LONG));
        }
    }

    @Test
    void aPartThatThrowsAtTheEndDoesNotKeepTheLoop() throws Exception {
        try (TestLoop test = new TestLoop()) {
            IllegalStateException planted = new IllegalStateException("planted");
            test.port().attach(new LoopComponent() {
                @Override
                public void loopStarted() {}

                @Override
                public CompletionStage<DrainCount> drain() {
                    return CompletableFuture.completedFuture(DrainCount.NOTHING);
                }

                @Override
                public void cut() {}

                @Override
                public void reactorStopping(ReactorPort reactor) {
                    throw planted;
                }

                @Override
                public void loopStopped() {
                    throw planted;
                }
            });
            test.loop.start();
            CountDownLatch told = new CountDownLatch(1);
            test.loop.trigger(Token.of(1), event -> told.countDown());
            Await.result("the drain", test.loop.shutdown(LONG));
            assertThat(test.errors).extracting(TestLoop.Failure::error).containsOnly(planted);
            assertThat(told.getCount())
                    .as("the others hear of the end all the same")
                    .isZero();
        }
    }
}
