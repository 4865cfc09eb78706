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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
}
