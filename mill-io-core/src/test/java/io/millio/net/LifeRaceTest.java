package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopComponent;
import io.millio.internal.ReactorPort;
import io.millio.internal.component.Shutdown;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Beginnings and ends that come at once. */
class LifeRaceTest {
    /** Drains as slowly as its loop closes fast. */
    private static final class Slow implements LoopComponent {
        private final EventLoop loop;
        private final CompletableFuture<DrainCount> end = new CompletableFuture<>();

        Slow(EventLoop loop) {
            this.loop = loop;
        }

        @Override
        public void loopStarted() {}

        @Override
        public CompletionStage<DrainCount> drain() {
            loop.close();
            return end;
        }

        @Override
        public void cut() {
            end.complete(new DrainCount(0, 1));
        }

        @Override
        public void reactorStopping(ReactorPort reactor) {}

        @Override
        public void loopStopped() {}
    }

    @Test
    void whatHasNoTimerForItsDeadlineIsCutAtOnce() {
        EventLoop loop = EventLoop.create();
        CompletionStage<DrainReport> report =
                Shutdown.within(Duration.ofSeconds(60), new Slow(loop), loop, LoopAccess.of(loop));
        assertThat(Await.result("a report", report).cut()).isEqualTo(1);
    }

    @Test
    void serverAndLoopMayBeStartedByEverybodyAtOnce() throws Exception {
        for (int round = 0; round < 30; round++) {
            try (EventLoop loop = EventLoop.builder().reactors(1).workers(1).build();
                    TcpServer server = TcpServer.builder(loop)
                            .bind("127.0.0.1", 0)
                            .handler((connection, data) -> {})
                            .build();
                    UdpEndpoint endpoint = UdpEndpoint.builder(loop)
                            .bind("127.0.0.1", 0)
                            .handler((from, sender, data, truncated) -> {})
                            .build()) {
                CyclicBarrier barrier = new CyclicBarrier(3);
                List<FutureTask<Boolean>> starters = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    FutureTask<Boolean> starter = new FutureTask<>(() -> {
                        barrier.await(30, TimeUnit.SECONDS);
                        server.start();
                        endpoint.start();
                        return server.isListening() && endpoint.isOpen();
                    });
                    starters.add(starter);
                    new Thread(starter, "starter").start();
                }
                for (FutureTask<Boolean> starter : starters) {
                    assertThat(starter.get(30, TimeUnit.SECONDS))
                            .as("in round " + round)
                            .isTrue();
                }
            }
        }
    }
}
