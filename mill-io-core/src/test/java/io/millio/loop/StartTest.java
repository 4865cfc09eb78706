package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.loop.LoopStats.State;
import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts that fail, and starts that meet with a stop. */
class StartTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aStartThatFindsNoSelectorFailsAndLeavesTheLoopStartable(int failing) throws Exception {
        try (TestLoop test = new TestLoop(builder -> builder.reactors(3))) {
            IOException planted = new IOException("Too many open files");
            int[] opened = {0};
            test.selectors.beforeOpen(() -> {
                if (++opened[0] == failing) {
                    test.selectors.failNextOpen(planted);
                }
            });
            assertThatThrownBy(test.loop::start)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage(
                            "loop '" + test.name + "' could not open a selector; is the limit of open files reached?")
                    .hasCause(planted);
            assertThat(test.threads()).isEmpty();
            assertThat(test.selectors.closes).hasValue(failing - 1);
            test.loop.start();
            assertThat(test.state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void aStartThatFailsOtherwiseTellsWhatWasThrown() throws Exception {
        try (TestLoop test = new TestLoop()) {
            IllegalStateException planted = new IllegalStateException("planted");
            test.selectors.beforeOpen(() -> {
                throw planted;
            });
            assertThatThrownBy(test.loop::run).isSameAs(planted);
            test.selectors.beforeOpen(() -> {});
            test.loop.start();
            assertThat(test.state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void whatWasRecordedBeforeAFailedStartIsArmedByTheNext() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Pipe pipe = Pipe.open();
            CountDownLatch readable = new CountDownLatch(1);
            CountDownLatch task = new CountDownLatch(1);
            test.loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {
                if (event.isReadable()) {
                    pipe.source().read(ByteBuffer.allocate(1));
                    readable.countDown();
                }
            });
            test.loop.execute(task::countDown);
            test.selectors.failNextOpen(new IOException("planted"));
            assertThatThrownBy(test.loop::start).isInstanceOf(UncheckedIOException.class);
            assertThat(test.state()).as("as if it had not been tried").isEqualTo(State.NEW);
            test.loop.start();
            pipe.sink().write(ByteBuffer.allocate(1));
            Await.open("the task", task);
            Await.open("the event", readable);
            pipe.sink().close();
        }
    }

    @Test
    void aStopThatComesWhileTheLoopOpensIsNotLost() throws Exception {
        try (TestLoop test = new TestLoop()) {
            endedBy(test, EventLoop::stop);
            assertThat(test.state()).isEqualTo(State.STOPPED);
        }
    }

    @Test
    void aShutdownThatComesWhileTheLoopOpensIsNotLost() throws Exception {
        try (TestLoop test = new TestLoop()) {
            endedBy(test, loop -> loop.shutdown(Duration.ofSeconds(10)));
            assertThat(test.state()).isEqualTo(State.STOPPED);
        }
    }

    @Test
    void aCloseThatComesWhileTheLoopOpensIsNotLost() throws Exception {
        try (TestLoop test = new TestLoop()) {
            endedBy(test, EventLoop::close);
            assertThat(test.state()).isEqualTo(State.CLOSED);
        }
    }

    /** Ends the loop from a second thread while the first is held inside of open, and waits until both are back. */
    private static void endedBy(TestLoop test, Consumer<EventLoop> end) throws Exception {
        CountDownLatch opening = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        test.selectors.beforeOpen(() -> {
            opening.countDown();
            Await.opened(goOn);
        });
        Thread runner = Threads.start("runner", test.loop::run);
        Await.open("it opens", opening);
        Thread ender = Threads.start("ender", () -> end.accept(test.loop));
        // An ender that waits has asked before it waits; one that does not has ended.
        Await.until(
                "asked to end",
                () -> ender.getState() == Thread.State.WAITING || ender.getState() == Thread.State.TERMINATED);
        goOn.countDown();
        Await.end(runner);
        Await.end(ender);
    }

    @Test
    void closeDuringAStartThatFailsCloses() throws Exception {
        try (TestLoop test = new TestLoop()) {
            CountDownLatch opening = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            test.selectors.beforeOpen(() -> {
                opening.countDown();
                Await.opened(goOn);
                test.selectors.failNextOpen(new IOException("planted"));
            });
            Future<?> started = inBackground(test.loop::start);
            Await.open("it opens", opening);
            Future<?> closed = inBackground(test.loop::close);
            goOn.countDown();
            assertThat(closed).succeedsWithin(Await.LIMIT);
            assertThatThrownBy(started::get).hasRootCauseMessage("planted");
            assertThat(test.state()).isEqualTo(State.CLOSED);
        }
    }

    private static Future<?> inBackground(Runnable work) {
        FutureTask<?> future = new FutureTask<>(work, null);
        Threads.start("background", future);
        return future;
    }

    /** As servers do that are started by different threads on one new loop. */
    @Test
    void manyMayStartANewLoopAtOnce() throws Exception {
        for (int round = 0; round < 50; round++) {
            try (TestLoop test = new TestLoop(builder -> builder.workers(1))) {
                CountDownLatch go = new CountDownLatch(1);
                FutureTask<Boolean> other = new FutureTask<>(() -> {
                    Await.opened(go);
                    return test.port().ensureStarted();
                });
                Threads.start("other", other);
                go.countDown();
                assertThat(test.port().ensureStarted()).isTrue();
                assertThat(other).succeedsWithin(Await.LIMIT).isEqualTo(true);
            }
        }
    }

    @Test
    void aRememberedStopAlsoHoldsForWhoOnlyEnsures() throws Exception {
        try (TestLoop test = new TestLoop()) {
            test.loop.stop();
            assertThat(test.port().ensureStarted()).isFalse();
            assertThat(test.port().ensureStarted()).isTrue();
            CompletionStage<DrainReport> stopped = test.loop.shutdown(Duration.ZERO);
            Await.result("stopped", stopped);
            assertThat(test.port().ensureStarted())
                    .as("a stopped loop stays stopped")
                    .isFalse();
        }
    }
}
