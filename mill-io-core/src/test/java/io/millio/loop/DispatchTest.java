package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.internal.VirtualThreads;
import io.millio.testkit.Await;
import io.millio.testkit.SocketPair;
import io.millio.testkit.Threads;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** On which thread a handler runs, and how often. */
class DispatchTest {
    @Test
    void workersIsTheDefaultAndDirectIsAChoice() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            assertThat(test.loop.dispatch()).isEqualTo(Dispatch.WORKERS);
            assertThat(threadOfTrigger(test)).startsWith(test.name + "-worker-");
        }
        try (TestLoop test = TestLoop.started(builder -> builder.dispatch(Dispatch.DIRECT))) {
            assertThat(test.loop.dispatch()).isEqualTo(Dispatch.DIRECT);
            assertThat(threadOfTrigger(test)).isEqualTo(test.name + "-reactor-0");
        }
    }

    private static String threadOfTrigger(TestLoop test) {
        AtomicReference<String> thread = new AtomicReference<>();
        CountDownLatch called = new CountDownLatch(1);
        try (Trigger trigger = test.loop.trigger(Token.of(1), event -> {
            thread.set(Thread.currentThread().getName());
            called.countDown();
        })) {
            trigger.fire();
            Await.open("the trigger's handler", called);
        }
        return thread.get();
    }

    @Test
    void aRegistrationMayChooseOtherwise() throws Exception {
        for (Dispatch chosen : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            Dispatch other = chosen == Dispatch.DIRECT ? Dispatch.WORKERS : Dispatch.DIRECT;
            try (TestLoop test = TestLoop.started(builder -> builder.dispatch(other));
                    SocketPair pair = SocketPair.open()) {
                AtomicReference<String> thread = new AtomicReference<>();
                CountDownLatch called = new CountDownLatch(1);
                test.loop.register(pair.near(), Token.of(1), Interest.WRITABLE, chosen, event -> {
                    thread.set(Thread.currentThread().getName());
                    event.registration().close();
                    called.countDown();
                });
                Await.open("the event", called);
                assertThat(thread.get()).startsWith(test.name + (chosen == Dispatch.DIRECT ? "-reactor-" : "-worker-"));
            }
        }
    }

    @Test
    void withoutVirtualThreadsTheErrorNamesThePropertyAndTheJdk() throws Exception {
        if (VirtualThreads.supported()) {
            EventLoop.builder().dispatch(Dispatch.VIRTUAL).build().close();
            return;
        }
        String text =
                "dispatch VIRTUAL (mill.event-loop.dispatch) needs virtual threads, which the JDK has from 21 on, and"
                        + " this is " + Runtime.version() + "; use WORKERS (blocking handlers) or DIRECT";
        assertThatThrownBy(() -> EventLoop.builder().dispatch(Dispatch.VIRTUAL))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage(text);
        assertThatThrownBy(() -> EventLoop.builder().computeVirtual(true))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("mill.compute.virtual")
                .hasMessageContaining("from 21 on");
        try (TestLoop test = new TestLoop();
                SocketPair pair = SocketPair.open()) {
            assertThatThrownBy(() -> test.loop.register(
                            pair.near(), Token.of(1), Interest.READABLE, Dispatch.VIRTUAL, event -> {}))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage(text);
            assertThat(test.loop.deregister(Token.of(1))).isFalse();
            assertThat(test.loop.stats().virtual()).isEmpty();
        }
    }

    /** By a JDK that has no virtual threads. */
    private static boolean virtualIsRefused() {
        if (!VirtualThreads.supported()) {
            assertThatThrownBy(
                            () -> EventLoop.builder().dispatch(Dispatch.VIRTUAL).build())
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        return !VirtualThreads.supported();
    }

    /** As many handlers block at once as there are sources, and every one has a virtual thread of the loop's. */
    @Test
    void virtualHandlersBlockWithoutKeepingOthersWaiting() throws Exception {
        if (virtualIsRefused()) {
            return;
        }
        int sources = 200;
        CountDownLatch all = new CountDownLatch(sources);
        List<String> names = new CopyOnWriteArrayList<>();
        try (TestLoop test = TestLoop.started(builder -> builder.dispatch(Dispatch.VIRTUAL))) {
            for (int i = 0; i < sources; i++) {
                Trigger trigger = test.loop.trigger(Token.of(i), event -> {
                    names.add(Thread.currentThread().getName());
                    all.countDown();
                    Await.opened(all);
                });
                trigger.fire();
            }
            Await.open("all handlers at once", all);
            assertThat(names).allMatch(name -> name.startsWith(test.name + "-virtual-"));
            assertThat(names).doesNotHaveDuplicates();
            Await.until(
                    "the turns are counted",
                    () -> test.loop.stats().virtual().orElseThrow().completed() == sources);
        }
    }

    @Test
    void aVirtualHandlerThatIsStuckAtTheDeadlineIsInterruptedAndReported() throws Exception {
        if (virtualIsRefused()) {
            return;
        }
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        try (TestLoop test = TestLoop.started(builder -> builder.dispatch(Dispatch.VIRTUAL))) {
            test.loop
                    .trigger(Token.of(7), event -> {
                        begun.countDown();
                        interrupted.set(!Await.opened(never));
                    })
                    .fire();
            Await.open("the handler", begun);
            DrainReport report = Await.result("the drain", test.loop.shutdown(Duration.ofMillis(50)));
            assertThat(report.stuck())
                    .singleElement()
                    .asString()
                    .contains(test.name + "-virtual-")
                    .contains("token 7");
            assertThat(interrupted).isTrue();
        }
    }

    /** A level-triggered selector goes on reporting until the bytes are read; the reactor must not go on asking. */
    @Test
    void aSlowHandlerIsNotCalledAgainMeanwhileAndTheReactorSleeps() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.pollTimeout(Duration.ZERO));
                SocketPair pair = SocketPair.open()) {
            AtomicInteger calls = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch read = new CountDownLatch(1);
            test.loop.register(pair.near(), Token.of(1), Interest.READABLE, event -> {
                if (event.isReadable()) {
                    calls.incrementAndGet();
                    begun.countDown();
                    Await.opened(release);
                    pair.near().read(ByteBuffer.allocate(64));
                    read.countDown();
                }
            });
            pair.far().write(ByteBuffer.allocate(1));
            Await.open("the handler begins", begun);
            int before = test.selectors.selects.get();
            CountDownLatch later = new CountDownLatch(1);
            test.loop.schedule(Duration.ofMillis(200), later::countDown);
            pair.far().write(ByteBuffer.allocate(1));
            Await.open("a while later", later);
            assertThat(calls).hasValue(1);
            assertThat(test.selectors.selects.get() - before)
                    .as("selects while the handler was at work")
                    .isLessThan(10);
            release.countDown();
            Await.open("what came before is read", read);
            pair.far().write(ByteBuffer.allocate(1));
            Await.until("called for what came after", () -> calls.get() == 2);
        }
    }

    @Test
    void aBusySourceDoesNotHoldUpTheOthers() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.workers(2))) {
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch begun = new CountDownLatch(1);
            test.loop
                    .trigger(Token.of(1), event -> {
                        begun.countDown();
                        Await.opened(release);
                    })
                    .fire();
            Await.open("the slow one begins", begun);
            AtomicInteger calls = new AtomicInteger();
            Trigger quick = test.loop.trigger(Token.of(2), event -> calls.incrementAndGet());
            for (int i = 1; i <= 100; i++) {
                int wanted = i;
                quick.fire();
                Await.until("call " + i, () -> calls.get() >= wanted);
            }
            release.countDown();
        }
    }

    @Test
    void aHandlerThatAlwaysHasMoreLeavesRoomForOthers() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (TestLoop test = TestLoop.started(
                    builder -> builder.dispatch(dispatch).workers(1).eventCapacity(1))) {
                AtomicBoolean ended = new AtomicBoolean();
                AtomicReference<Trigger> self = new AtomicReference<>();
                self.set(test.loop.trigger(Token.of(1), event -> {
                    if (!ended.get() && !event.isClosed()) {
                        self.get().fire();
                    }
                }));
                self.get().fire();
                CountDownLatch others = new CountDownLatch(3);
                test.loop.trigger(Token.of(2), event -> others.countDown()).fire();
                test.loop.execute(others::countDown);
                test.loop.schedule(Duration.ofMillis(5), others::countDown);
                Await.open("trigger, task and timer, " + dispatch, others);
                ended.set(true);
            }
        }
    }

    @Test
    void eventsBeyondTheCapacityAreHandedOutInTheNextTurns() throws Exception {
        int channels = 40;
        try (TestLoop test = TestLoop.started(
                builder -> builder.eventCapacity(3).dispatch(Dispatch.DIRECT).pollTimeout(Duration.ZERO))) {
            List<SocketPair> pairs = new ArrayList<>();
            int[] calls = new int[channels];
            AtomicInteger tasksBetween = new AtomicInteger();
            CountDownLatch all = new CountDownLatch(channels);
            CountDownLatch registered = new CountDownLatch(1);
            for (int i = 0; i < channels; i++) {
                SocketPair pair = SocketPair.open();
                pairs.add(pair);
                pair.far().write(ByteBuffer.allocate(1));
            }
            test.loop.execute(() -> {
                for (int i = 0; i < channels; i++) {
                    int n = i;
                    test.loop.register(pairs.get(i).near(), Token.of(i), Interest.READABLE, event -> {
                        if (event.isReadable()) {
                            pairs.get(n).near().read(ByteBuffer.allocate(64));
                            calls[n]++;
                            test.loop.execute(() -> tasksBetween.accumulateAndGet((int) all.getCount(), Math::max));
                            all.countDown();
                        }
                    });
                }
                registered.countDown();
            });
            Await.open("registered", registered);
            Await.open("all events", all);
            assertThat(calls).containsOnly(1);
            assertThat(tasksBetween.get())
                    .as("tasks ran after the first few events")
                    .isGreaterThan(channels - 10);
            for (SocketPair pair : pairs) {
                pair.close();
            }
        }
    }

    /** Ready and collected, but not yet handed out, when a handler before it in the same batch ends it. */
    @Test
    void aRegistrationThatAnEarlierHandlerOfTheBatchClosedIsNotCalled() throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.dispatch(Dispatch.DIRECT))) {
            List<SocketPair> pairs = new ArrayList<>();
            List<Registration> registrations = new ArrayList<>();
            AtomicInteger calls = new AtomicInteger();
            CountDownLatch called = new CountDownLatch(1);
            for (int i = 0; i < 10; i++) {
                pairs.add(SocketPair.open());
                pairs.get(i).far().write(ByteBuffer.allocate(1));
            }
            test.loop.execute(() -> {
                for (int i = 0; i < 10; i++) {
                    registrations.add(test.loop.register(pairs.get(i).near(), Token.of(i), Interest.READABLE, event -> {
                        calls.incrementAndGet();
                        registrations.forEach(Registration::close);
                        called.countDown();
                    }));
                }
            });
            Await.open("one is called", called);
            CountDownLatch later = new CountDownLatch(1);
            test.loop.execute(() -> test.loop.execute(later::countDown));
            Await.open("two turns later", later);
            assertThat(calls).hasValue(1);
            assertThat(test.reactor().keys()).isZero();
            for (SocketPair pair : pairs) {
                pair.close();
            }
        }
    }

    @Test
    void aTriggerFiredManyTimesBeforeItsHandlerBeginsIsOneCall() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (TestLoop test = new TestLoop(builder -> builder.dispatch(dispatch))) {
                AtomicInteger calls = new AtomicInteger();
                Trigger trigger = test.loop.trigger(Token.of(1), event -> calls.incrementAndGet());
                for (int i = 0; i < 1000; i++) {
                    trigger.fire();
                }
                test.loop.start();
                Await.until("called", () -> calls.get() > 0);
                CountDownLatch later = new CountDownLatch(1);
                test.loop.execute(() -> test.loop.submit(later::countDown));
                Await.open("later", later);
                assertThat(calls).as("%s", dispatch).hasValue(1);
            }
        }
    }

    /** The value published before a fire must be seen by a call that begins after it, whoever fires. */
    @Test
    void noFireIsLost() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (TestLoop test =
                    TestLoop.started(builder -> builder.dispatch(dispatch).pollTimeout(Duration.ZERO))) {
                AtomicInteger published = new AtomicInteger();
                AtomicInteger seen = new AtomicInteger();
                Trigger trigger = test.loop.trigger(Token.of(1), event -> seen.set(published.get()));
                List<Thread> threads = new ArrayList<>();
                for (int t = 0; t < 3; t++) {
                    threads.add(Threads.start("firing-" + t, () -> {
                        for (int i = 0; i < 20_000; i++) {
                            published.incrementAndGet();
                            trigger.fire();
                        }
                    }));
                }
                threads.forEach(Await::end);
                Await.until(() -> "saw " + seen + " of 60000", () -> seen.get() == 60_000);
            }
        }
    }

    @Test
    void aClosedTriggerIsNotCalled() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (TestLoop test = new TestLoop(builder -> builder.dispatch(dispatch))) {
                AtomicInteger calls = new AtomicInteger();
                Trigger trigger = test.loop.trigger(Token.of(1), event -> calls.incrementAndGet());
                trigger.fire();
                trigger.close();
                trigger.fire();
                test.loop.start();
                CountDownLatch later = new CountDownLatch(1);
                test.loop.execute(() -> test.loop.submit(later::countDown));
                Await.open("later", later);
                test.loop.close();
                assertThat(calls).hasValue(0);
            }
        }
    }

    @Test
    void workerCountIsTheNumberOfHandlersThatRunAtOnce() throws Exception {
        for (int workers : new int[] {1, 3, 16}) {
            try (TestLoop test = TestLoop.started(builder -> builder.workers(workers))) {
                CountDownLatch release = new CountDownLatch(1);
                AtomicInteger inside = new AtomicInteger();
                AtomicInteger entered = new AtomicInteger();
                for (int i = 0; i < workers + 5; i++) {
                    test.loop
                            .trigger(Token.of(i), event -> {
                                inside.incrementAndGet();
                                entered.incrementAndGet();
                                Await.opened(release);
                                inside.decrementAndGet();
                            })
                            .fire();
                }
                Await.until("all workers are busy", () -> inside.get() == workers);
                assertThat(test.loop.stats().workers().active()).isEqualTo(workers);
                assertThat(test.loop.stats().workers().queued()).isEqualTo(5);
                release.countDown();
                Await.until("all have run", () -> entered.get() >= workers + 5);
            }
        }
    }
}
