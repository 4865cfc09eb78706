package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.SocketPair;
import io.millio.testkit.Threads;
import io.millio.time.Ticker;
import io.millio.time.Timeout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a reactor sleeps, what wakes it, and how often. */
class SleepTest {
    /** Sleeps until there is something to do, so a wake-up that is missing shows. */
    private static TestLoop sleeper() {
        return TestLoop.started(builder -> builder.pollTimeout(Duration.ZERO));
    }

    /** A reactor calls itself asleep a moment before its select begins and is counted. */
    private static void untilAsleep(TestLoop test) {
        Reactor reactor = (Reactor) test.port().reactor(0);
        Await.until("asleep", () -> test.selectors.waiting && reactor.isAsleep());
    }

    /** As long as it takes for something unwanted to show. */
    private static void passTime(TestLoop other, Duration time) {
        CountDownLatch passed = new CountDownLatch(1);
        other.loop.schedule(time, passed::countDown);
        Await.open("time passes", passed);
    }

    @Test
    void anIdleLoopWithoutPollTimeoutDoesNotSelectAtAll() throws Exception {
        try (TestLoop test = sleeper();
                TestLoop clock = TestLoop.started()) {
            untilAsleep(test);
            int selects = test.selectors.selects.get();
            LoopStats.ReactorStats before = test.reactor();
            passTime(clock, Duration.ofMillis(300));
            assertThat(test.selectors.selects).hasValue(selects);
            assertThat(test.reactor()).isEqualTo(before);
        }
    }

    /** Those cancelled by another thread count against the limit until the reactor has looked, which nothing else may make it do. */
    @Test
    void timersThatWereCancelledDoNotKeepASleepingLoopFull() throws Exception {
        try (TestLoop test = sleeper()) {
            untilAsleep(test);
            Timeout[] timers = new Timeout[LoopOptions.MAX_TIMERS];
            for (int i = 0; i < timers.length; i++) {
                timers[i] = test.loop.schedule(Duration.ofHours(1), () -> {});
            }
            // Once round, so that no wake-up of the timers above is still under way.
            CountDownLatch round = new CountDownLatch(1);
            test.loop.execute(round::countDown);
            Await.open("round once", round);
            untilAsleep(test);
            for (Timeout timer : timers) {
                timer.cancel();
            }
            AtomicInteger refused = new AtomicInteger();
            Await.until("room for a timer", () -> {
                try {
                    return test.loop.schedule(Duration.ofHours(1), () -> {}).cancel();
                } catch (RejectedExecutionException full) {
                    refused.incrementAndGet();
                    return false;
                }
            });
            assertThat(refused).as("or the limit was never met").hasPositiveValue();
        }
    }

    @Test
    void aTurnIsAsLongAsTheReactorIsAwayAndASleepIsNone() throws Exception {
        try (TestLoop test = sleeper();
                TestLoop clock = TestLoop.started()) {
            untilAsleep(test);
            passTime(clock, Duration.ofMillis(100));
            assertThat(test.reactor().turn()).isZero();
            CountDownLatch entered = new CountDownLatch(1);
            CountDownLatch leave = new CountDownLatch(1);
            test.loop.execute(() -> {
                entered.countDown();
                Await.open("the test has looked", leave);
            });
            Await.open("the task runs", entered);
            Await.until("it shows", () -> test.reactor().turn().compareTo(Duration.ofMillis(50)) > 0);
            leave.countDown();
            untilAsleep(test);
            assertThat(test.reactor().turn()).isZero();
        }
    }

    @Test
    void anIdleLoopWakesAtMostOncePerPollTimeout() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.pollTimeout(Duration.ofMillis(50)))) {
            untilAsleep(test);
            int selects = test.selectors.selects.get();
            long start = System.nanoTime();
            CountDownLatch later = new CountDownLatch(1);
            try (TestLoop clock = TestLoop.started()) {
                passTime(clock, Duration.ofMillis(400));
            }
            long periods = (System.nanoTime() - start) / 50_000_000;
            assertThat((long) test.selectors.selects.get() - selects).isLessThanOrEqualTo(periods + 1);
            assertThat(test.reactor().wakeups()).isLessThanOrEqualTo(1);
            assertThat(test.reactor().selectsTimeout()).isPositive();
            test.loop.execute(later::countDown);
            Await.open("awake", later);
        }
    }

    @Test
    void aTimerIsTheOnlyReturnOfAnIdleLoop() throws Exception {
        try (TestLoop test = sleeper()) {
            CountDownLatch fired = new CountDownLatch(1);
            test.loop.schedule(Duration.ofMillis(300), fired::countDown);
            untilAsleep(test);
            int selects = test.selectors.selects.get();
            Await.open("the timer", fired);
            assertThat(test.selectors.selects.get() - selects).isLessThanOrEqualTo(5);
        }
    }

    /** An interrupted wait returns with nothing although there is something, and every timer is due by then. */
    @Test
    void aSuspendedReactorReadsWhatWaitsBeforeItLooksAtItsTimers() throws Exception {
        ManualTicker ticker = new ManualTicker();
        AtomicBoolean suspended = new AtomicBoolean();
        Queue<String> order = new ConcurrentLinkedQueue<>();
        try (TestLoop test = new TestLoop(builder -> builder.ticker(ticker).pollTimeout(Duration.ofMillis(5)));
                SocketPair pair = SocketPair.open()) {
            test.selectors.onSelect((real, collector, timeout) -> {
                if (!suspended.compareAndSet(true, false)) {
                    return real.select(collector, timeout);
                }
                pair.far().write(ByteBuffer.allocate(1));
                ticker.advance(Duration.ofSeconds(30));
                return 0;
            });
            test.loop.register(pair.near(), Token.of(1), Interest.READABLE, Dispatch.DIRECT, event -> {
                order.add("data");
                event.registration().close();
            });
            test.loop.start();
            test.loop.schedule(Duration.ofSeconds(10), () -> order.add("timer"));
            Await.until(
                    "armed", () -> test.reactor().keys() == 1 && test.reactor().timersPending() == 1);
            suspended.set(true);
            Await.until("both have come", () -> order.size() == 2);
            assertThat(order).containsExactly("data", "timer");
        }
    }

    @Test
    void everyWayInWakesASleepingLoop() throws Exception {
        try (TestLoop test = sleeper();
                SocketPair pair = SocketPair.open()) {
            AtomicInteger rung = new AtomicInteger();
            Trigger direct = test.loop.trigger(Token.of(1), event -> rung.incrementAndGet());
            for (int round = 0; round < 300; round++) {
                CountDownLatch done = new CountDownLatch(1);
                untilAsleep(test);
                switch (round % 4) {
                    case 0 -> test.loop.execute(done::countDown);
                    case 1 -> test.loop.schedule(Duration.ZERO, done::countDown);
                    case 2 -> {
                        direct.fire();
                        test.loop.execute(done::countDown);
                    }
                    default -> {
                        Registration registration = test.loop.register(
                                pair.near(), Token.of(2), Interest.WRITABLE, Dispatch.DIRECT, event -> {
                                    event.registration().close();
                                    done.countDown();
                                });
                        assertThat(registration.token()).isEqualTo(Token.of(2));
                    }
                }
                Await.open("round " + round, done);
            }
            assertThat(test.errors).isEmpty();
        }
    }

    /** The race of the sleep protocol, many times: something comes while the reactor is about to sleep. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsLeftBehindByAReactorThatGoesToSleep(boolean timers) throws Exception {
        try (TestLoop test = sleeper()) {
            AtomicInteger ran = new AtomicInteger();
            for (int i = 1; i <= 20_000; i++) {
                int wanted = i;
                if (timers) {
                    test.loop.schedule(Duration.ZERO, ran::incrementAndGet);
                } else {
                    test.loop.execute(ran::incrementAndGet);
                }
                if (i % 3 != 0) {
                    long start = System.nanoTime();
                    while (ran.get() < wanted) {
                        if (System.nanoTime() - start > Await.LIMIT.toNanos()) {
                            throw new AssertionError("number " + wanted + " waits while the reactor sleeps");
                        }
                        Thread.onSpinWait();
                    }
                }
            }
            Await.until("all", () -> ran.get() == 20_000);
        }
    }

    /** The same without luck: the clock is read all along a turn, so a clock can let something come at each of these points. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatComesAtAnyPointOfATurnIsSeenBeforeTheSleep(boolean timers) throws Exception {
        AtomicInteger countdown = new AtomicInteger();
        AtomicReference<Runnable> come = new AtomicReference<>();
        AtomicReference<Thread> reactor = new AtomicReference<>();
        Ticker clock = () -> {
            if (Thread.currentThread() == reactor.get() && countdown.decrementAndGet() == 0) {
                Await.end(Threads.start("comer", come.get()));
            }
            return System.nanoTime();
        };
        try (TestLoop test =
                TestLoop.started(builder -> builder.pollTimeout(Duration.ZERO).ticker(clock))) {
            reactor.set(reactorThread(test));
            for (int point = 1; point <= 40; point++) {
                untilAsleep(test);
                CountDownLatch done = new CountDownLatch(1);
                come.set(() -> {
                    if (timers) {
                        test.loop.schedule(Duration.ZERO, done::countDown);
                    } else {
                        test.loop.execute(done::countDown);
                    }
                });
                countdown.set(point);
                for (int turns = 0; countdown.get() > 0 && turns < 40; turns++) {
                    CountDownLatch round = new CountDownLatch(1);
                    test.loop.execute(round::countDown);
                    Await.open("the reactor comes round", round);
                    untilAsleep(test);
                }
                Await.open("what came at point " + point, done);
            }
        }
    }

    @Test
    void noStopIsLeftBehindByAReactorThatGoesToSleep() throws Exception {
        try (TestLoop test =
                new TestLoop(builder -> builder.pollTimeout(Duration.ZERO).workers(1))) {
            for (int life = 0; life < 300; life++) {
                test.loop.start();
                for (int i = 0; i < life * 20; i++) {
                    Thread.onSpinWait();
                }
                test.loop.stop();
                Await.until("stopped in life " + life, () -> test.state() == LoopStats.State.STOPPED);
            }
        }
    }

    @Test
    void aTimerWakesOnlyASleepThatWouldBeTooLong() throws Exception {
        try (TestLoop test = sleeper()) {
            test.loop.schedule(Duration.ofHours(1), () -> {});
            untilAsleep(test);
            Await.until("asleep until the timer", () -> {
                untilAsleep(test);
                return test.reactor().timersPending() == 1
                        && ((Reactor) test.port().reactor(0)).timers().backlog() == 0;
            });
            long wakeups = test.reactor().wakeups();
            int selects = test.selectors.selects.get();
            for (int i = 0; i < 100; i++) {
                test.loop.schedule(Duration.ofHours(2), () -> {});
            }
            assertThat(test.reactor().wakeups()).isEqualTo(wakeups);
            assertThat(test.selectors.selects).hasValue(selects);
            CountDownLatch fired = new CountDownLatch(1);
            test.loop.schedule(Duration.ofMillis(10), fired::countDown);
            Await.open("the earlier one", fired);
            assertThat(test.reactor().wakeups()).isEqualTo(wakeups + 1);
            assertThat(test.reactor().timersPending()).isEqualTo(101);
        }
    }

    @Test
    void aThousandTasksForALoopThatIsAwakeCostFewWakeUps() throws Exception {
        try (TestLoop test = sleeper()) {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            test.loop.execute(() -> {
                busy.countDown();
                Await.opened(release);
            });
            Await.open("awake", busy);
            long wakeups = test.reactor().wakeups();
            int system = test.selectors.wakeups.get();
            CountDownLatch done = new CountDownLatch(1000);
            for (int i = 0; i < 1000; i++) {
                test.loop.execute(done::countDown);
            }
            release.countDown();
            Await.open("all tasks", done);
            assertThat(test.reactor().wakeups() - wakeups).isZero();
            assertThat(test.selectors.wakeups.get() - system).isZero();
        }
    }

    @Test
    void manyThreadsThatWakeASleepingLoopPayForOneWakeUp() throws Exception {
        try (TestLoop test = sleeper()) {
            untilAsleep(test);
            AtomicReference<CountDownLatch> hold = new AtomicReference<>(new CountDownLatch(0));
            test.selectors.onSelect((real, collector, timeout) -> {
                int ready = real.select(collector, timeout);
                Await.opened(hold.get());
                return ready;
            });
            // Once round, so that the wait under way is one that looks at the latch; it is held only when it returns.
            CountDownLatch in = new CountDownLatch(1);
            test.loop.execute(in::countDown);
            Await.open("round once", in);
            untilAsleep(test);
            hold.set(new CountDownLatch(1));
            long wakeups = test.reactor().wakeups();
            CountDownLatch done = new CountDownLatch(1000);
            for (int i = 0; i < 1000; i++) {
                test.loop.execute(done::countDown);
            }
            assertThat(test.reactor().wakeups() - wakeups).isEqualTo(1);
            hold.get().countDown();
            Await.open("all tasks", done);
        }
    }

    @Test
    void anInterruptNeitherEndsNorSpinsTheReactor() throws Exception {
        try (TestLoop test = sleeper();
                SocketPair pair = SocketPair.open()) {
            CountDownLatch readable = new CountDownLatch(1);
            test.loop.register(pair.near(), Token.of(1), Interest.READABLE, event -> {
                pair.near().read(ByteBuffer.allocate(8));
                readable.countDown();
            });
            Thread reactor = reactorThread(test);
            for (int i = 0; i < 600; i++) {
                untilAsleep(test);
                int selects = test.selectors.selects.get();
                reactor.interrupt();
                Await.until("awake from interrupt " + i, () -> test.selectors.selects.get() > selects);
            }
            untilAsleep(test);
            int selects = test.selectors.selects.get();
            try (TestLoop clock = TestLoop.started()) {
                passTime(clock, Duration.ofMillis(100));
            }
            assertThat(test.selectors.selects.get() - selects).as("no spinning").isLessThanOrEqualTo(1);
            assertThat(test.reactor().rebuilds())
                    .as("the selector is not to blame")
                    .isZero();
            pair.far().write(ByteBuffer.allocate(1));
            Await.open("still serving", readable);
            assertThat(pair.near().isOpen()).isTrue();
        }
    }

    private static Thread reactorThread(TestLoop test) throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        test.loop.execute(() -> {
            thread.set(Thread.currentThread());
            known.countDown();
        });
        Await.open("the reactor's thread", known);
        return thread.get();
    }

    @Test
    void aDirectHandlerThatInterruptsItselfDoesNotSpinTheReactor() throws Exception {
        try (TestLoop test = sleeper()) {
            CountDownLatch done = new CountDownLatch(1);
            test.loop.execute(() -> {
                Thread.currentThread().interrupt();
                done.countDown();
            });
            Await.open("interrupted", done);
            untilAsleep(test);
            int selects = test.selectors.selects.get();
            try (TestLoop clock = TestLoop.started()) {
                passTime(clock, Duration.ofMillis(100));
            }
            assertThat(test.selectors.selects.get() - selects).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void theTimeOfAReactorIsActiveOrIdle() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.pollTimeout(Duration.ofMillis(5)))) {
            long start = System.nanoTime();
            // What is counted from here on began after the start: a sleep counts as a whole when it ends.
            long timeouts = test.reactor().selectsTimeout();
            Await.until("a whole sleep", () -> test.reactor().selectsTimeout() > timeouts + 1);
            LoopStats.ReactorStats before = test.reactor();
            Await.until("some turns", () -> test.reactor().selectsTimeout() > before.selectsTimeout() + 20);
            LoopStats.ReactorStats after = test.reactor();
            Duration passed = Duration.ofNanos(System.nanoTime() - start);
            Duration counted =
                    after.active().minus(before.active()).plus(after.idle().minus(before.idle()));
            assertThat(counted).isPositive().isLessThanOrEqualTo(passed);
            assertThat(after.idle()).isGreaterThan(before.idle());
            assertThat(after.lagMax()).isGreaterThanOrEqualTo(after.lagP99());
        }
    }

    @Test
    void oneThreadMayDriveManyLoopsInTurn() throws Exception {
        Thread driver = Threads.start("driver", () -> {
            for (int i = 0; i < 20; i++) {
                try (TestLoop test = new TestLoop()) {
                    test.loop.execute(test.loop::stop);
                    test.loop.run();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        });
        Await.end(driver);
    }
}
