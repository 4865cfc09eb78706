package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.AbstractApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class DrainUnderLoadTest {
    private static final int REQUESTS = 1_000;
    private static final List<String> SERVERS = List.of("fast", "slow", "slowest");

    private static ApplicationContextRunner three() {
        ApplicationContextRunner runner = Runners.plain().withBean(Slow.class);
        for (String server : SERVERS) {
            runner = runner.withPropertyValues(
                    "mill.servers." + server + ".address=127.0.0.1",
                    "mill.servers." + server + ".port=0",
                    "mill.servers." + server + ".framing.type=line");
        }
        return runner;
    }

    @Test
    void everyRequestUnderWayIsAnsweredInTheTimeOfTheSlowestServer(CapturedOutput output) {
        three().run(context -> {
            Slow handler = context.getBean(Slow.class);
            MillServers servers = context.getBean(MillServers.class);
            List<Integer> ports = SERVERS.stream().map(servers::port).toList();
            List<Client> clients = new ArrayList<>();
            try {
                for (int i = 0; i < REQUESTS; i++) {
                    clients.add(Client.of(ports.get(i % 3)).send(i + "\n"));
                }
                await().atMost(Duration.ofSeconds(20)).until(() -> handler.begun.get() == REQUESTS);
                long start = System.nanoTime();
                // On a thread of its own: the common pool may have no other one for the answers.
                CompletableFuture<Void> closing = CompletableFuture.runAsync(
                        () -> ((AbstractApplicationContext) context.getSourceApplicationContext()).close(),
                        task -> new Thread(task, "closing").start());
                await().atMost(Duration.ofSeconds(20)).until(() -> SERVERS.stream()
                        .noneMatch(name -> servers.server(name).isListening()));
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> ports.stream().allMatch(DrainUnderLoadTest::refuses));
                assertThat(closing).isNotDone();
                handler.goOn.complete(null);
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(clients.get(i).receiveAll()).isEqualTo(i + "\n");
                }
                closing.get(20, TimeUnit.SECONDS);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
                assertThat(output).containsPattern("1[0-9]{3} connections answered and closed, 0 cut");
            } finally {
                for (Client client : clients) {
                    client.close();
                }
            }
        });
    }

    /** What comes before the port is closed is still let in, and counted. */
    private static boolean refuses(int port) {
        try {
            Client.of(port).close();
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    /** Begins all, and ends them one after the other after the drain has begun. */
    static class Slow {
        final AtomicInteger begun = new AtomicInteger();
        final CompletableFuture<Void> goOn = new CompletableFuture<>();

        @MillHandler(server = "fast")
        CompletionStage<String> fast(String request) {
            return answer(request, 10);
        }

        @MillHandler(server = "slow")
        CompletionStage<String> slow(String request) {
            return answer(request, 200);
        }

        @MillHandler(server = "slowest")
        CompletionStage<String> slowest(String request) {
            return answer(request, 500);
        }

        private CompletionStage<String> answer(String request, long millis) {
            begun.incrementAndGet();
            return goOn.thenApplyAsync(
                    nothing -> request, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
        }
    }
}
