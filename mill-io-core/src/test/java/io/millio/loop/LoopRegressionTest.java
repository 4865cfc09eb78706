package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The defects of the original that concern the loop and its registry, each by its name; those of connections are in NetRegressionTest. */
class LoopRegressionTest {
    private static EventLoop loop() {
        return EventLoop.builder()
                .name("regression")
                .reactors(1)
                .pollTimeout(Duration.ZERO)
                .build();
    }

    @Test
    void stopBeforeRunIsNotLost() {
        try (EventLoop loop = loop()) {
            loop.stop();
            loop.run();
            assertThat(loop.stats().state()).isEqualTo(LoopStats.State.NEW);
        }
    }

    @Test
    void theWakerDoesNotOwnTheUsersTokenZero() throws Exception {
        try (EventLoop loop = loop()) {
            loop.start();
            CountDownLatch fired = new CountDownLatch(1);
            Trigger trigger = loop.trigger(Token.of(0), event -> fired.countDown());
            loop.execute(trigger::fire);
            assertThat(fired.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aDuplicateTokenDoesNotSilentlyReplace() throws Exception {
        try (EventLoop loop = loop()) {
            loop.start();
            CountDownLatch first = new CountDownLatch(1);
            Trigger trigger = loop.trigger(Token.of(5), event -> first.countDown());
            assertThatThrownBy(() -> loop.trigger(Token.of(5), event -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("token 5 is taken");
            trigger.fire();
            assertThat(first.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aSignalThatInterruptsTheWaitDoesNotEndTheLoop() throws Exception {
        try (EventLoop loop = loop()) {
            loop.start();
            AtomicReference<Thread> reactor = new AtomicReference<>();
            CountDownLatch known = new CountDownLatch(1);
            loop.execute(() -> {
                reactor.set(Thread.currentThread());
                known.countDown();
            });
            assertThat(known.await(20, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 100; i++) {
                reactor.get().interrupt();
                CountDownLatch alive = new CountDownLatch(1);
                loop.execute(alive::countDown);
                assertThat(alive.await(20, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(loop.stats().state()).isEqualTo(LoopStats.State.RUNNING);
        }
    }
}
