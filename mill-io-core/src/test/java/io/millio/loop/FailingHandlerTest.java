package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.CapturedLog;
import io.millio.testkit.SocketPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a callback throws ends its own source, is told of once, and harms nothing else. */
class FailingHandlerTest {
    private static final int FAILURES = 10_000;

    private CapturedLog log;

    @BeforeEach
    void capture() {
        log = new CapturedLog("io.millio.loop");
    }

    @AfterEach
    void release() {
        log.close();
    }

    /** One of each sort that a handler can throw; by hand where the real thing would take the test with it. */
    private static void fail(int n) {
        switch (n % 6) {
            case 0 -> throw new IllegalStateException("planted");
            case 1 -> throw new AssertionError("planted");
            case 2 -> throw new OutOfMemoryError("planted");
            case 3 -> {
                overflow(n % 100 == 3 ? 0 : Integer.MAX_VALUE);
            }
            case 4 -> FailingHandlerTest.<RuntimeException>sneak(new IOException("planted"));
            default -> FailingHandlerTest.<RuntimeException>sneak(new Throwable("planted") {});
        }
    }

    /** In earnest if it begins at 0, which takes some milliseconds. */
    private static int overflow(int depth) {
        if (depth == Integer.MAX_VALUE) {
            throw new StackOverflowError("planted");
        }
        return overflow(depth + 1) + 1;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable throwable) throws T {
        throw (T) throwable;
    }

    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void tenThousandHandlersMayThrowAnything(Dispatch dispatch) throws Exception {
        AtomicInteger listened = new AtomicInteger();
        try (TestLoop test = TestLoop.started(builder ->
                builder.dispatch(dispatch).workers(4).errorListener((source, error) -> listened.incrementAndGet()))) {
            AtomicInteger calls = new AtomicInteger();
            AtomicInteger healthy = new AtomicInteger();
            Trigger bystander = test.loop.trigger(Token.of(1_000_000), event -> healthy.incrementAndGet());
            List<Trigger> triggers = new ArrayList<>();
            for (int i = 0; i < FAILURES; i++) {
                int n = i;
                triggers.add(test.loop.trigger(Token.of(i), event -> {
                    calls.incrementAndGet();
                    fail(n);
                }));
            }
            long start = System.nanoTime();
            for (Trigger trigger : triggers) {
                trigger.fire();
                bystander.fire();
            }
            Await.until(() -> listened + " of " + FAILURES, () -> listened.get() == FAILURES);
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(test.loop.stats().errors()).isEqualTo(FAILURES);
            Await.until(
                    "the last one told of has ended", () -> triggers.stream().noneMatch(Trigger::isOpen));
            assertThat(calls).as("each ended by its first failure").hasValue(FAILURES);
            int before = healthy.get();
            bystander.fire();
            Await.until("the others are served", () -> healthy.get() > before);
            assertAtMostOneLinePerSecondAndKind(6, seconds);
        }
    }

    private void assertAtMostOneLinePerSecondAndKind(int kinds, double seconds) {
        Map<String, Long> lines = log.records().stream()
                .collect(Collectors.groupingBy(
                        record -> record.getThrown().getClass().getName(), Collectors.counting()));
        assertThat(lines).hasSize(kinds);
        assertThat(lines.values()).allMatch(count -> count <= seconds + 1);
    }

    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void aThrowClosesTheRegistrationAndItsChannel(Dispatch dispatch) throws Exception {
        try (TestLoop test = TestLoop.started(builder -> builder.dispatch(dispatch));
                SocketPair pair = SocketPair.open()) {
            AtomicInteger calls = new AtomicInteger();
            Registration registration = test.loop.register(pair.near(), Token.of(7), Interest.READABLE, event -> {
                calls.incrementAndGet();
                throw new IOException("planted");
            });
            pair.far().write(ByteBuffer.allocate(1));
            assertThat(pair.far().read(ByteBuffer.allocate(1)))
                    .as("the peer hears of the end")
                    .isNegative();
            assertThat(registration.isOpen()).isFalse();
            assertThat(pair.near().isOpen()).isFalse();
            assertThat(test.errors).singleElement().satisfies(failure -> {
                assertThat(failure.source()).isSameAs(registration);
                assertThat(failure.error()).isInstanceOf(IOException.class).hasMessage("planted");
            });
            test.loop.trigger(Token.of(7), event -> {});
            test.loop.close();
            assertThat(calls).as("nor is it called at the end").hasValue(1);
        }
    }

    @Test
    void aThrowInTheLastEventIsReportedToo() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (TestLoop test = TestLoop.started(builder -> builder.dispatch(dispatch))) {
                test.loop.trigger(Token.of(1), event -> {
                    throw new IllegalStateException("planted");
                });
                test.stopAndWait();
                assertThat(test.errors).hasSize(1);
                test.loop.start();
                assertThat(test.loop.deregister(Token.of(1))).isFalse();
            }
        }
    }

    @Test
    void tasksAndTimersMayThrowAnything() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            int each = 600;
            Runnable[] tasks = new Runnable[each];
            for (int i = 0; i < each; i++) {
                int n = i;
                tasks[i] = () -> fail(n);
                test.loop.execute(tasks[i]);
                test.loop.schedule(Duration.ofMillis(i % 3), tasks[i]);
                test.loop.asExecutor().execute(tasks[i]);
            }
            Await.until(() -> test.errors.size() + " of " + 3 * each, () -> test.errors.size() == 3 * each);
            assertThat(test.loop.stats().errors()).isEqualTo(3 * each);
            assertThat(test.errors).extracting(TestLoop.Failure::source).contains((Object[]) tasks);
            CountDownLatch after = new CountDownLatch(2);
            test.loop.execute(after::countDown);
            test.loop.schedule(Duration.ZERO, after::countDown);
            Await.open("the loop goes on", after);
        }
    }

    @Test
    void whatASubmissionThrowsIsInItsFuture() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            for (int i = 0; i < 60; i++) {
                int n = i;
                assertThat(test.loop.submit(() -> fail(n)))
                        .failsWithin(Await.LIMIT)
                        .withThrowableOfType(ExecutionException.class);
            }
            assertThat(test.errors).isEmpty();
            assertThat(test.loop.submit(() -> {})).succeedsWithin(Await.LIMIT);
        }
    }

    @Test
    void aListenerThatThrowsIsHarmless() throws Exception {
        AtomicInteger told = new AtomicInteger();
        try (TestLoop test = TestLoop.started(builder -> builder.errorListener((source, error) -> {
            told.incrementAndGet();
            throw new StackOverflowError("planted in the listener");
        }))) {
            for (int i = 0; i < 1000; i++) {
                test.loop.execute(() -> {
                    throw new IllegalStateException("planted in the task");
                });
            }
            CountDownLatch after = new CountDownLatch(1);
            test.loop.execute(after::countDown);
            Await.open("the loop goes on", after);
            assertThat(told).hasValue(1000);
            assertThat(test.loop.stats().errors()).as("those of the callbacks").isEqualTo(1000);
            assertThat(log.records())
                    .extracting(record -> record.getThrown().getMessage())
                    .contains("planted in the task", "planted in the listener");
        }
    }

    private static final class BadlyNamed implements Runnable {
        @Override
        public void run() {
            throw new BadError();
        }

        @Override
        public String toString() {
            throw new IllegalStateException("planted in toString");
        }
    }

    private static final class BadError extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            throw new IllegalStateException("planted in the error's toString");
        }

        @Override
        public String getMessage() {
            throw new IllegalStateException("planted in getMessage");
        }
    }

    @Test
    void aNameThatThrowsIsHarmlessAndTheLineIsWrittenAllTheSame() throws Exception {
        List<Object> sources = new ArrayList<>();
        try (TestLoop test = TestLoop.started(builder -> builder.errorListener((source, error) -> {
            synchronized (sources) {
                sources.add(source);
            }
        }))) {
            for (int i = 0; i < 100; i++) {
                test.loop.execute(new BadlyNamed());
            }
            CountDownLatch after = new CountDownLatch(1);
            test.loop.execute(after::countDown);
            Await.open("the loop goes on", after);
            assertThat(sources).hasSize(100);
            assertThat(test.loop.stats().errors()).as("each counts once").isEqualTo(100);
            assertThat(log.messages()).isNotEmpty().allMatch(line -> line.contains(BadlyNamed.class.getName()));
        }
    }

    @Test
    void theLogNamesTheLoopTheSourceAndTheCause() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            test.loop
                    .trigger(Token.of(5), event -> {
                        throw new IllegalStateException("planted");
                    })
                    .fire();
            Await.until("logged", () -> !log.records().isEmpty());
            assertThat(log.messages())
                    .containsExactly(
                            "loop '" + test.name + "': TriggerSource of token 5 on loop '" + test.name + "' failed");
            assertThat(log.records().get(0).getThrown()).hasMessage("planted");
        }
    }
}
