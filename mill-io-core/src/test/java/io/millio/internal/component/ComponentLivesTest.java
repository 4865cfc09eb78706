package io.millio.internal.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopPort;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One life after the other, whoever begins and ends them. */
class ComponentLivesTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final EventLoop loop = EventLoop.builder().reactors(1).build();
    private final Part part = new Part(loop);

    /** Its lives are numbers; each ends when it is told to, or in its beginning. */
    private static final class Part extends ComponentLives<Integer> {
        final List<String> calls = new CopyOnWriteArrayList<>();
        boolean endsAtOnce;
        boolean drains = true;
        boolean isStuck;
        private int lives;

        Part(EventLoop loop) {
            super(loop, null, null);
            attach();
        }

        @Override
        protected Integer create() {
            return ++lives;
        }

        @Override
        protected void begin(Integer opened) {
            calls.add("begin " + opened);
            if (endsAtOnce) {
                ended(opened);
            }
        }

        @Override
        protected void drain(Integer current) {
            calls.add("drain " + current);
            if (drains) {
                ended(current);
            }
        }

        @Override
        protected void cut(Integer current) {
            calls.add("cut " + current);
            if (!isStuck) {
                ended(current);
            }
        }

        @Override
        protected void stop(Integer current) {}

        @Override
        protected void abandon(Integer left) {
            calls.add("abandon " + left);
        }

        @Override
        protected DrainCount count(Integer over) {
            return new DrainCount(over, 0);
        }

        @Override
        public String toString() {
            return "part";
        }
    }

    @AfterEach
    void closeLoop() {
        loop.close();
    }

    @Test
    void theLoopBeginsTheLifeAndAStartOfWhatIsOpenDoesNothing() {
        loop.start();
        assertThat(part.isOpen()).isTrue();
        part.start();
        assertThat(part.calls).containsExactly("begin 1");
    }

    /** As when a handler closes what has called it while the loop starts. */
    @Test
    void aLifeThatHasEndedByTheTimeTheLoopRunsIsNotFollowedByAnother() {
        part.endsAtOnce = true;
        part.start();
        assertThat(part.calls).containsExactly("begin 1");
        assertThat(part.isOpen()).isFalse();
    }

    @Test
    void eachDrainCountsItsOwnLifeAlone() {
        part.start();
        assertThat(shutdown().drained()).isEqualTo(1);
        assertThat(shutdown().drained()).as("of what is idle").isZero();
        part.start();
        assertThat(shutdown().drained()).isEqualTo(2);
        assertThat(part.calls).containsExactly("begin 1", "drain 1", "begin 2", "drain 2");
    }

    @Test
    void whatDrainsStillIsNotStartedAgainAndTheNewLifeIsGivenUp() {
        part.drains = false;
        part.start();
        var unused = part.drain();
        assertThatIllegalStateException()
                .isThrownBy(part::start)
                .withMessage("part is open still; start it when it has drained");
        part.cut();
        assertThat(part.calls).containsExactly("begin 1", "drain 1", "abandon 2", "cut 1");
    }

    @Test
    void whatIsClosedIsNotStartedAgain() throws Exception {
        part.start();
        part.close();
        part.close();
        assertThatIllegalStateException()
                .isThrownBy(part::start)
                .withMessage("part is closed for good; build a new one");
        part.awaitClose();
        assertThat(part.calls).containsExactly("begin 1", "drain 1");
    }

    @Test
    void theEndOfTheLoopEndsTheLifeAndItsNextStartBeginsNone() throws Exception {
        part.start();
        loop.stop();
        part.awaitClose();
        Await.result("the stop", loop.shutdown(Duration.ZERO));
        loop.start();
        assertThat(part.isOpen()).isFalse();
        assertThat(part.calls).containsExactly("begin 1", "abandon 1");
    }

    /** As while a handler does not return. */
    @Test
    void aCloseDoesNotWaitForWhatNeverEndsButLetsItGoWhenItDoes() throws Exception {
        part.drains = false;
        part.isStuck = true;
        Token token = Token.of(7);
        LoopPort port = LoopAccess.of(loop);
        port.reserveToken(token.value(), "part");
        part.start();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(
                () -> Shutdown.forGood(part, loop, port, token, Duration.ofMillis(50)), command -> {
                    Thread thread = new Thread(command, "closes");
                    thread.setDaemon(true);
                    thread.start();
                });
        Await.result("the close", closed);
        assertThat(part.calls).containsExactly("begin 1", "drain 1", "cut 1");
        assertThatIllegalArgumentException().isThrownBy(() -> port.reserveToken(token.value(), "other"));
        part.ended(1);
        port.reserveToken(token.value(), "other");
    }

    private DrainReport shutdown() {
        return Await.result("the drain", part.shutdown(LONG));
    }
}
