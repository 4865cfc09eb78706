package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.millio.loop.LoopStats.State;
import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    @Test
    void aNewLoopOpensNoThreadAndNoSelector() throws Exception {
        try (TestLoop test = new TestLoop(builder -> builder.reactors(3))) {
            Pipe pipe = Pipe.open();
            test.loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {});
            test.loop.trigger(Token.of(2), event -> {}).fire();
            test.loop.execute(() -> {});
            test.loop.schedule(Duration.ofMillis(1), () -> {});
            test.loop.stats();
            assertThat(test.state()).isEqualTo(State.NEW);
            assertThat(test.selectors.opens).hasValue(0);
            assertThat(test.threads()).isEmpty();
            pipe.sink().close();
        }
    }

    @Test
    void runUsesTheCallersThreadForTheFirstReactor() throws Exception {
        try (TestLoop test = new TestLoop(builder -> builder.reactors(2).workers(1))) {
            AtomicReference<Thread> ran = new AtomicReference<>();
            CountDownLatch task = new CountDownLatch(1);
            test.loop.execute(() -> {
                ran.set(Thread.currentThread());
                task.countDown();
            });
            Thread caller = Threads.start("caller", test.loop::run);
            Await.open("the task", task);
            assertThat(ran.get()).isSameAs(caller);
            assertThat(test.threads()).containsExactly(test.name + "-reactor-1", test.name + "-worker-0");
            test.loop.stop();
            Await.end(caller);
            assertThat(test.state()).isEqualTo(State.STOPPED);
        }
    }

    @Test
    void startUsesThreadsOfItsOwnThatKeepTheProcessAlive() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.reactors(2).workers(1))) {
            Await.until("all threads", () -> test.threads().size() == 3);
            assertThat(test.threads())
                    .containsExactly(test.name + "-reactor-0", test.name + "-reactor-1", test.name + "-worker-0");
            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> thread.getName().startsWith(test.name + "-"))
                    .noneMatch(Thread::isDaemon);
        }
    }

    @Test
    void whenStartReturnsTheLoopRuns() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            assertThat(test.state()).isEqualTo(State.RUNNING);
            assertThat(test.selectors.opens).hasValue(1);
        }
    }

    @Test
    void aStopBeforeRunStopsIt() throws Exception {
        try (TestLoop test = new TestLoop()) {
            test.loop.stop();
            test.loop.run();
            assertThat(test.selectors.opens).hasValue(0);
        }
    }

    @Test
    void aStopBeforeStartStopsIt() throws Exception {
        try (TestLoop test = new TestLoop()) {
            test.loop.stop();
            test.loop.start();
            assertThat(test.threads()).isEmpty();
            assertThat(test.state()).isEqualTo(State.NEW);
        }
    }

    @Test
    void twoStopsBeforeRunAreOneStop() throws Exception {
        try (TestLoop test = new TestLoop()) {
            test.loop.stop();
            test.loop.stop();
            test.loop.run();
            test.loop.start();
            assertThat(test.state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void twoStopsWhileRunningAreOneStop() throws Exception {
        try (TestLoop test = new TestLoop()) {
            for (int life = 0; life < 20; life++) {
                Thread caller = Threads.start("caller", test.loop::run);
                Await.until("running", () -> test.state() == State.RUNNING);
                test.loop.stop();
                test.loop.stop();
                Await.end(caller);
                test.loop.stop();
                assertThat(test.state()).isEqualTo(State.STOPPED);
            }
        }
    }

    @Test
    void aStopFromACallbackEndsTheLoop() throws Exception {
        try (TestLoop test = new TestLoop()) {
            test.loop.execute(test.loop::stop);
            test.loop.run();
            assertThat(test.state()).isEqualTo(State.STOPPED);
        }
    }

    @Test
    void aSecondRunIsRefused() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            String text = "loop '" + test.name + "' runs already; a second run or start needs a stop that has ended";
            assertThatIllegalStateException().isThrownBy(test.loop::run).withMessage(text);
            assertThatIllegalStateException().isThrownBy(test.loop::start).withMessage(text);
            AtomicReference<Throwable> inside = new AtomicReference<>();
            CountDownLatch tried = new CountDownLatch(1);
            test.loop.execute(() -> {
                inside.set(Assertions.catchThrowable(test.loop::run));
                tried.countDown();
            });
            Await.open("a callback tries", tried);
            assertThat(inside.get()).isInstanceOf(IllegalStateException.class).hasMessage(text);
            assertThat(test.state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void aClosedLoopRefusesEverythingAndSaysWhy() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            EventLoop loop = test.loop;
            loop.close();
            assertThat(test.state()).isEqualTo(State.CLOSED);
            String text = "loop '" + test.name + "' is closed for good; make a new one";
            assertThatIllegalStateException().isThrownBy(loop::run).withMessage(text);
            assertThatIllegalStateException().isThrownBy(loop::start).withMessage(text);
            assertThatIllegalStateException()
                    .isThrownBy(() -> loop.trigger(Token.of(1), event -> {}))
                    .withMessage(text);
            try (Pipe.SourceChannel channel = Pipe.open().source()) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> loop.register(channel, Token.of(1), Interest.READABLE, event -> {}))
                        .withMessage(text);
            }
            Assertions.assertThatThrownBy(() -> loop.execute(() -> {}))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessage(text);
            Assertions.assertThatThrownBy(() -> loop.schedule(Duration.ZERO, () -> {}))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessage(text);
            Assertions.assertThatThrownBy(() -> loop.submit(() -> {})).isInstanceOf(RejectedExecutionException.class);
            loop.stop();
            assertThat(test.state()).isEqualTo(State.CLOSED);
        }
    }

    @Test
    void countersGoOnOverStopAndStart() throws Exception {
        try (TestLoop test = new TestLoop()) {
            for (int life = 1; life <= 5; life++) {
                test.loop.start();
                CountDownLatch done = new CountDownLatch(2);
                test.loop.execute(done::countDown);
                test.loop.submit(done::countDown);
                Await.open("task and submission of life " + life, done);
                test.stopAndWait();
                assertThat(test.reactor().tasks()).isGreaterThanOrEqualTo(life);
                assertThat(test.loop.stats().workers().completed()).isEqualTo(life);
                assertThat(test.selectors.opens).hasValue(life);
                assertThat(test.selectors.closes).hasValue(life);
            }
        }
    }

    @Test
    void aCallerThatIsInterruptedGetsItsFlagBack() throws Exception {
        try (TestLoop test = new TestLoop()) {
            AtomicBoolean flag = new AtomicBoolean();
            CountDownLatch running = new CountDownLatch(1);
            test.loop.execute(running::countDown);
            Thread caller = Threads.start("caller", () -> {
                Thread.currentThread().interrupt();
                test.loop.run();
                flag.set(Thread.currentThread().isInterrupted());
            });
            Await.open("the loop runs all the same", running);
            test.loop.stop();
            Await.end(caller);
            assertThat(flag).isTrue();
        }
    }

    @Test
    void workersAndReactorsUseTheClassLoaderOfWhoStartsThem() throws Exception {
        ClassLoader mine = new ClassLoader(getClass().getClassLoader()) {};
        try (TestLoop test = new TestLoop(builder -> builder.reactors(1).workers(1))) {
            List<ClassLoader> seen = new ArrayList<>();
            CountDownLatch done = new CountDownLatch(2);
            Runnable look = () -> {
                synchronized (seen) {
                    seen.add(Thread.currentThread().getContextClassLoader());
                }
                done.countDown();
            };
            Thread starter = Threads.start("starter", () -> {
                Thread.currentThread().setContextClassLoader(mine);
                test.loop.start();
            });
            Await.end(starter);
            test.loop.execute(look);
            test.loop.submit(look);
            Await.open("both have looked", done);
            assertThat(seen).containsExactly(mine, mine);
        }
    }

    @Test
    void theStateIsInTheText() throws Exception {
        try (TestLoop test = new TestLoop()) {
            assertThat(test.loop).hasToString("EventLoop '" + test.name + "' NEW");
            assertThat(test.loop.name()).isEqualTo(test.name);
        }
    }
}
