package io.millio.loop;

import io.millio.internal.LoopAccess;
import io.millio.internal.LoopPort;
import io.millio.internal.VirtualThreads;
import io.millio.testkit.FakePoller;
import io.millio.testkit.Threads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A loop with a name of its own, counted selectors and its errors on record; closing it also proves that no thread is left. For any
 * thread. One reactor, two workers and no watchdog unless the test says otherwise.
 */
final class TestLoop implements AutoCloseable {
    private static final AtomicInteger NAMES = new AtomicInteger();

    final String name = "testloop" + NAMES.incrementAndGet();
    final FakePoller.Selectors selectors = new FakePoller.Selectors();
    final List<Failure> errors = new CopyOnWriteArrayList<>();
    final EventLoop loop;

    /** What the error listener was told. */
    record Failure(Object source, Throwable error) {}

    TestLoop() {
        this(builder -> {});
    }

    TestLoop(Consumer<EventLoop.Builder> settings) {
        EventLoop.Builder builder = EventLoop.builder()
                .name(name)
                .reactors(1)
                .workers(2)
                .stallThreshold(Duration.ZERO)
                .errorListener((source, error) -> errors.add(new Failure(source, error)));
        settings.accept(builder);
        loop = new EventLoop(new LoopEngine(builder.options(), selectors));
    }

    /** Those that this JDK has. */
    static Stream<Dispatch> dispatches() {
        return Stream.of(Dispatch.values())
                .filter(dispatch -> dispatch != Dispatch.VIRTUAL || VirtualThreads.supported());
    }

    static TestLoop started(Consumer<EventLoop.Builder> settings) {
        TestLoop made = new TestLoop(settings);
        made.loop.start();
        return made;
    }

    static TestLoop started() {
        return started(builder -> {});
    }

    LoopPort port() {
        return LoopAccess.of(loop);
    }

    LoopStats.ReactorStats reactor() {
        return loop.stats().reactors().get(0);
    }

    LoopStats.State state() {
        return loop.stats().state();
    }

    /** Stops as a user does who wants to know when that is done. */
    void stopAndWait() {
        io.millio.testkit.Await.result("the stop", loop.shutdown(Duration.ZERO));
    }

    List<String> threads() {
        return Threads.named(name + "-");
    }

    /** On another thread, so that a loop that does not end fails its test and not the whole suite. */
    @Override
    public void close() throws Exception {
        Threads.call(() -> {
            loop.close();
            return true;
        });
        Threads.allEnded(name + "-");
    }
}
