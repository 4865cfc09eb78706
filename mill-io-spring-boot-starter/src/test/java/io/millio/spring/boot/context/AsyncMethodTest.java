package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Runners;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.AbstractApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class AsyncMethodTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static ConditionFactory soon() {
        return await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1));
    }

    private static String lines(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> i + "\n").collect(Collectors.joining());
    }

    private static Pending pending(AssertableApplicationContext context) {
        return context.getBean(Pending.class);
    }

    @Test
    void repliesKeepTheOrderOfTheRequestsWhateverCompletesFirst() {
        Runners.lines().withBean(Ordered.class).run(context -> {
            long seed = System.nanoTime();
            try (Client client = Client.of(context, "lines")) {
                client.send(lines(0, 100));
                List<Integer> order = pending(context).await(100);
                Collections.shuffle(order, new Random(seed));
                Thread other = new Thread(() -> order.subList(0, 50).forEach(pending(context)::complete));
                other.start();
                order.subList(50, 100).forEach(pending(context)::complete);
                other.join();
                assertThat(client.receive(lines(0, 100).length()))
                        .as("seed %s", seed)
                        .isEqualTo(lines(0, 100));
            }
        });
    }

    @Test
    void repliesThatNeedNoOrderGoOutAsTheyCome() {
        Runners.lines().withBean(Unordered.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                client.send(lines(0, 3));
                pending(context).await(3);
                pending(context).complete(2);
                assertThat(client.receive(2)).isEqualTo("2\n");
                pending(context).complete(0);
                assertThat(client.receive(2)).isEqualTo("0\n");
                pending(context).complete(1);
                assertThat(client.receive(2)).isEqualTo("1\n");
            }
        });
    }

    @Test
    void atMost128RequestsAreUnderWayAndTheRestWaits() {
        Runners.lines().withBean(Ordered.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                client.send(lines(0, 300));
                Pending pending = pending(context);
                int next = 0;
                int most = 0;
                while (next < 300) {
                    pending.await(1);
                    most = Math.max(most, pending.stages.size());
                    pending.complete(next++);
                }
                assertThat(client.receive(lines(0, 300).length())).isEqualTo(lines(0, 300));
                pending.stages.clear();
                client.send(lines(0, 129));
                soon().until(() -> pending.stages.size() == Replies.LIMIT);
                assertThat(most).isLessThanOrEqualTo(Replies.LIMIT);
                assertThat(pending.stages).doesNotContainKey(128);
                for (int i = 0; i < 129; i++) {
                    pending.await(1);
                    pending.complete(i);
                }
                assertThat(client.receive(lines(0, 129).length())).isEqualTo(lines(0, 129));
            }
        });
    }

    @Test
    void answersThatWaitForAnEarlierOneAreFewAndNoneIsLost() {
        Runners.lines().withBean(Large.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                client.send(lines(0, 100));
                Large handler = context.getBean(Large.class);
                soon().until(() -> context.getBean(MillServers.class)
                                .server("lines")
                                .stats()
                                .readsPaused()
                        > 0);
                // Those that are ready reach the limit, and one more finds that out.
                soon().until(() -> handler.calls.get() >= 1 + Replies.WAITING_LIMIT / Large.SIZE + 1);
                assertThat(handler.calls).hasValue(1 + Replies.WAITING_LIMIT / Large.SIZE + 1);
                handler.first.complete("first");
                assertThat(client.receive("first\n".length())).isEqualTo("first\n");
                for (int i = 1; i < 100; i++) {
                    assertThat(client.receive(Large.SIZE + 1))
                            .startsWith(i + "x")
                            .endsWith("x\n");
                }
            }
        });
    }

    @Test
    void aFailedStageGoesToTheExceptionHandlerInItsTurn() {
        Runners.lines().withBean(Ordered.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                client.send(lines(0, 3));
                pending(context).await(3);
                pending(context).take(1).completeExceptionally(new IllegalStateException("planted"));
                pending(context).complete(2);
                pending(context).complete(0);
                assertThat(client.receive(12)).isEqualTo("0\nplanted\n2\n");
            }
        });
    }

    @Test
    void aFailureThatNobodyHandlesEndsTheConnectionBehindTheRepliesBeforeIt() {
        Runners.lines().withBean(Ordered.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                client.send(lines(0, 2));
                pending(context).await(2);
                pending(context).take(1).completeExceptionally(new ArithmeticException("planted"));
                soon().until(() -> context.getBean(MillServers.class)
                        .server("lines")
                        .stats()
                        .handlerErrors()
                        .containsKey("ArithmeticException"));
                pending(context).complete(0);
                assertThat(client.receiveAll()).isEqualTo("0\n");
            }
        });
    }

    @Test
    void aDrainWaitsForRepliesThatAreUnderWay(CapturedOutput output) {
        Runners.lines().withBean(Ordered.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                client.send(lines(0, 50));
                Pending pending = pending(context);
                pending.await(50);
                CompletableFuture<Void> closing = CompletableFuture.runAsync(
                        () -> ((AbstractApplicationContext) context.getSourceApplicationContext()).close());
                soon().until(() -> output.getAll().contains("Mill-IO") && !pendingServerListens(context));
                assertThat(closing).isNotDone();
                IntStream.range(0, 50).forEach(pending::complete);
                assertThat(client.receiveAll()).isEqualTo(lines(0, 50));
                client.close();
                closing.get(20, TimeUnit.SECONDS);
            }
            assertThat(output).contains("1 connections answered and closed, 0 cut");
        });
    }

    private static boolean pendingServerListens(AssertableApplicationContext context) {
        return ((MillServers) context.getSourceApplicationContext().getBean("millServers"))
                .server("lines")
                .isListening();
    }

    /** Holds every request until the test completes it. */
    abstract static class Pending {
        final Map<Integer, CompletableFuture<String>> stages = new ConcurrentHashMap<>();

        CompletionStage<String> begin(String request) {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.put(Integer.valueOf(request), stage);
            return stage;
        }

        List<Integer> await(int number) {
            soon().until(() -> stages.size() >= number);
            return new ArrayList<>(stages.keySet());
        }

        CompletableFuture<String> take(int request) {
            soon().until(() -> stages.containsKey(request));
            return stages.remove(request);
        }

        void complete(int request) {
            take(request).complete(Integer.toString(request));
        }

        @MillExceptionHandler
        String failed(IllegalStateException thrown) {
            return thrown.getMessage();
        }
    }

    static class Ordered extends Pending {
        @MillHandler(server = "lines")
        CompletionStage<String> handle(String request) {
            return begin(request);
        }
    }

    /** Answers all but the first at once, and at length. */
    static class Large {
        static final int SIZE = 128 * 1024;
        final AtomicInteger calls = new AtomicInteger();
        final CompletableFuture<String> first = new CompletableFuture<>();

        @MillHandler(server = "lines")
        CompletionStage<String> handle(String request) {
            boolean begins = calls.getAndIncrement() == 0;
            return begins ? first : CompletableFuture.completedFuture(request + "x".repeat(SIZE - request.length()));
        }
    }

    static class Unordered extends Pending {
        @MillHandler(server = "lines", ordered = false)
        CompletionStage<String> handle(String request) {
            return begin(request);
        }
    }
}
