package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.LoopStats.State;
import io.millio.testkit.Await;
import io.millio.testkit.OpenFiles;
import io.millio.testkit.Threads;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CloseTest {
    @Test
    void closingAnIdleLoopTakesLessThan50Milliseconds() throws Exception {
        List<Long> took = new ArrayList<>();
        for (int i = 0; i < 21; i++) {
            try (TestLoop test = TestLoop.started(builder -> builder.workers(8).pollTimeout(Duration.ZERO))) {
                Await.until("idle", () -> test.selectors.selects.get() > 0);
                long start = System.nanoTime();
                test.loop.close();
                took.add((System.nanoTime() - start) / 1_000_000);
            }
        }
        took.sort(null);
        assertThat(took.get(10)).as("median of %s ms", took).isLessThan(50);
    }

    @Test
    void aHundredStartsAndStopsLeaveNoThreadAndNoDescriptor() throws Exception {
        try (TestLoop test = new TestLoop(builder -> builder.reactors(2))) {
            startAndStop(test);
            long before = OpenFiles.count();
            for (int life = 0; life < 100; life++) {
                startAndStop(test);
            }
            Threads.allEnded(test.name + "-");
            assertThat(OpenFiles.count()).isLessThanOrEqualTo(before);
            assertThat(test.selectors.closes).hasValue(test.selectors.opens.get());
        }
    }

    private static void startAndStop(TestLoop test) throws Exception {
        try (Pipe.SinkChannel sink = registerPipe(test, new CountDownLatch(1))) {
            test.loop.start();
            test.stopAndWait();
        }
    }

    private static Pipe.SinkChannel registerPipe(TestLoop test, CountDownLatch closed) throws Exception {
        Pipe pipe = Pipe.open();
        test.loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {
            if (event.isClosed()) {
                closed.countDown();
            }
        });
        return pipe.sink();
    }

    @Test
    void aHundredLoopsLeaveNoThreadAndNoDescriptor() throws Exception {
        long before = OpenFiles.count();
        for (int i = 0; i < 100; i++) {
            try (TestLoop test = TestLoop.started(builder -> builder.reactors(2).workers(1));
                    Pipe.SinkChannel sink = registerPipe(test, new CountDownLatch(1))) {
                assertThat(test.state()).isEqualTo(State.RUNNING);
            }
        }
        assertThat(OpenFiles.count()).isLessThanOrEqualTo(before);
    }

    @Test
    void closingTwiceAndByManyIsClosingOnce() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            List<Thread> closers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                closers.add(Threads.start("closer-" + i, test.loop::close));
            }
            closers.forEach(Await::end);
            test.loop.close();
            assertThat(test.state()).isEqualTo(State.CLOSED);
            assertThat(test.selectors.closes).hasValue(1);
        }
    }

    @Test
    void whenCloseReturnsTheRegistrationsHaveHadTheirLastEvent() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            CountDownLatch told = new CountDownLatch(1);
            try (TestLoop test = TestLoop.started(builder -> builder.dispatch(dispatch));
                    Pipe.SinkChannel sink = registerPipe(test, told)) {
                test.loop.close();
                assertThat(told.getCount()).as("%s", dispatch).isZero();
            }
        }
    }

    static Stream<Named<BiConsumer<EventLoop, Runnable>>> callbacks() {
        return Stream.of(
                Named.of("task", EventLoop::execute),
                Named.of("submission", EventLoop::submit),
                Named.of("timer", (loop, task) -> loop.schedule(Duration.ZERO, task)),
                Named.of("worker trigger", (loop, task) -> loop.trigger(Token.of(1), event -> task.run())
                        .fire()),
                Named.of("last event", (loop, task) -> {
                    loop.trigger(Token.of(1), event -> task.run());
                    loop.stop();
                }),
                Named.of("end of a submission", (loop, task) -> loop.submit(() -> {})
                        .thenRun(task)));
    }

    @ParameterizedTest
    @MethodSource("callbacks")
    void closeInACallbackOnlyBegins(BiConsumer<EventLoop, Runnable> callback) throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (TestLoop test = TestLoop.started(builder -> builder.dispatch(dispatch))) {
                CountDownLatch returned = new CountDownLatch(1);
                callback.accept(test.loop, () -> {
                    test.loop.close();
                    returned.countDown();
                });
                Await.open("close returns", returned);
                Await.until("the loop ends by itself", () -> test.state() == State.CLOSED);
            }
        }
    }

    /** The most natural sentence about an ordered end; it is said on the very thread that ends the loop. */
    @Test
    void aLoopMayBeClosedWhenItsDrainIsReported() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            CompletableFuture<State> after = new CompletableFuture<>();
            test.loop.shutdown(Duration.ofSeconds(10)).thenRun(() -> {
                test.loop.close();
                after.complete(test.state());
            });
            assertThat(after).succeedsWithin(Await.LIMIT).isEqualTo(State.CLOSED);
        }
    }

    @Test
    void aLoopMayBeStartedAgainWhenItsDrainIsReported() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            CompletableFuture<State> after = new CompletableFuture<>();
            test.loop.shutdown(Duration.ofSeconds(10)).thenRun(() -> {
                after.complete(test.state());
                test.loop.start();
            });
            assertThat(after).succeedsWithin(Await.LIMIT).isEqualTo(State.STOPPED);
            Await.until("it runs again", () -> test.state() == State.RUNNING);
        }
    }

    @Test
    void closingALoopThatNeverRanClosesWhatWasRegistered() throws Exception {
        try (TestLoop test = new TestLoop()) {
            Pipe pipe = Pipe.open();
            Registration registration = test.loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {});
            Trigger trigger = test.loop.trigger(Token.of(2), event -> {});
            test.loop.close();
            assertThat(registration.isOpen()).isFalse();
            assertThat(trigger.isOpen()).isFalse();
            assertThat(pipe.source().isOpen()).isFalse();
            pipe.sink().close();
        }
    }

    @Test
    void closeInterruptsAHandlerThatDoesNotReturn() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Boolean> opened = new CompletableFuture<>();
            CountDownLatch never = new CountDownLatch(1);
            test.loop.submit(() -> {
                begun.countDown();
                opened.complete(Await.opened(never));
            });
            Await.open("the handler begins", begun);
            test.loop.close();
            assertThat(opened).isCompletedWithValue(false);
        }
    }
}
