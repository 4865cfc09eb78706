package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import io.millio.work.WorkerPool;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which token and which channel belongs to whom. */
class RegistrationTest {
    private final List<Pipe> pipes = new ArrayList<>();
    private TestLoop test;
    private EventLoop loop;

    @BeforeEach
    void start() {
        test = TestLoop.started();
        loop = test.loop;
    }

    @AfterEach
    void end() throws Exception {
        test.close();
        for (Pipe pipe : pipes) {
            pipe.source().close();
            pipe.sink().close();
        }
    }

    private Pipe pipe() throws Exception {
        Pipe made = Pipe.open();
        pipes.add(made);
        return made;
    }

    private static void send(Pipe pipe) throws Exception {
        pipe.sink().write(ByteBuffer.allocate(1));
    }

    private static void take(Pipe pipe) throws Exception {
        pipe.source().read(ByteBuffer.allocate(64));
    }

    @Test
    void aTokenThatIsTakenIsRefusedAndItsHolderNamed() throws Exception {
        loop.register(pipe().source(), Token.of(7), Interest.READABLE, event -> {});
        String holder = "token 7 is taken by ChannelRegistration of token 7 on loop '" + test.name
                + "'; choose another one, or close that one first";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.register(pipe().source(), Token.of(7), Interest.READABLE, event -> {}))
                .withMessage(holder);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.trigger(Token.of(7), event -> {}))
                .withMessage(holder);
        loop.trigger(Token.of(8), event -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.register(pipe().source(), Token.of(8), Interest.READABLE, event -> {}))
                .withMessageStartingWith("token 8 is taken by TriggerSource of token 8");
    }

    @Test
    void aRefusedChannelIsLeftAsItWas() throws Exception {
        loop.register(pipe().source(), Token.of(7), Interest.READABLE, event -> {});
        Pipe refused = pipe();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.register(refused.source(), Token.of(7), Interest.READABLE, event -> {}));
        assertThat(refused.source().isBlocking()).isTrue();
        assertThat(refused.source().isRegistered()).isFalse();
        CountDownLatch readable = new CountDownLatch(1);
        loop.register(refused.source(), Token.of(8), Interest.READABLE, event -> {
            if (event.isReadable()) {
                take(refused);
                readable.countDown();
            }
        });
        send(refused);
        Await.open("the channel serves under a free token", readable);
    }

    @Test
    void aChannelThatIsRegisteredIsRefusedAndItsTokenNamed() throws Exception {
        Pipe pipe = pipe();
        loop.register(pipe.source(), Token.of(7), Interest.READABLE, event -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.register(pipe.source(), Token.of(8), Interest.READABLE, event -> {}))
                .withMessageContaining(pipe.source().toString())
                .withMessageContaining("is registered already, with token 7; close that registration first");
        assertThat(loop.deregister(Token.of(8))).as("the refused token is free").isFalse();
        loop.trigger(Token.of(8), event -> {});
    }

    @Test
    void aTokenIsFreeAgainAfterClose() throws Exception {
        for (int i = 0; i < 100; i++) {
            Registration registration = loop.register(pipe().source(), Token.of(7), Interest.READABLE, event -> {});
            assertThat(registration.isOpen()).isTrue();
            assertThat(registration.token()).isEqualTo(Token.of(7));
            registration.close();
            registration.close();
            assertThat(registration.isOpen()).isFalse();
        }
        Trigger trigger = loop.trigger(Token.of(7), event -> {});
        assertThat(trigger.token()).isEqualTo(Token.of(7));
        trigger.close();
        assertThat(trigger.isOpen()).isFalse();
        loop.trigger(Token.of(7), event -> {});
    }

    @Test
    void deregisterTellsWhetherThereWasOneAndLeavesTheChannelOpen() throws Exception {
        Pipe pipe = pipe();
        Registration registration = loop.register(pipe.source(), Token.of(7), Interest.READABLE, event -> {});
        assertThat(loop.deregister(Token.of(7))).isTrue();
        assertThat(loop.deregister(Token.of(7))).isFalse();
        assertThat(registration.isOpen()).isFalse();
        assertThat(pipe.source().isOpen()).isTrue();
        Await.until("the reactor lets go", () -> test.reactor().keys() == 0);
    }

    @Test
    void aReservedTokenIsRefusedAndItsOwnerNamed() {
        test.port().reserveToken(7, "server 'echo'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.trigger(Token.of(7), event -> {}))
                .withMessage("token 7 is taken by server 'echo'; choose another one, or close that one first");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.deregister(Token.of(7)))
                .withMessage("token 7 is reserved by server 'echo' and cannot be deregistered; close that instead");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> test.port().reserveToken(7, "server 'other'"))
                .withMessageContaining("taken by server 'echo'");
        test.port().releaseToken(7);
        loop.trigger(Token.of(7), event -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> test.port().reserveToken(7, "server 'echo'"))
                .withMessageContaining("TriggerSource of token 7");
    }

    @Test
    void releasingATokenDoesNotTakeItFromItsHolder() {
        Trigger trigger = loop.trigger(Token.of(7), event -> {});
        test.port().releaseToken(7);
        assertThat(trigger.isOpen()).isTrue();
        assertThat(loop.deregister(Token.of(7))).isTrue();
    }

    @Test
    void duplicatesAreRefusedBeforeTheStartToo() throws Exception {
        try (TestLoop fresh = new TestLoop()) {
            Pipe pipe = pipe();
            fresh.loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {});
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fresh.loop.trigger(Token.of(1), event -> {}))
                    .withMessageContaining("token 1 is taken by");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fresh.loop.register(pipe.source(), Token.of(2), Interest.READABLE, event -> {}))
                    .withMessageContaining("registered already, with token 1");
        }
    }

    @Test
    void aChannelThatCanNeverBeReadyIsRefused() throws Exception {
        Pipe pipe = pipe();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loop.register(pipe.source(), Token.of(1), Interest.WRITABLE, event -> {}))
                .withMessage("SourceChannelImpl can never be WRITABLE; its valid operations are 0x1");
        Registration registration = loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {});
        assertThatIllegalArgumentException().isThrownBy(() -> registration.interest(Interest.WRITABLE));
        assertThat(registration.isOpen()).isTrue();
    }

    @Test
    void aClosedChannelIsRefused() throws Exception {
        Pipe pipe = pipe();
        pipe.source().close();
        assertThatThrownBy(() -> loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {}))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the channel for token 1 cannot be made non-blocking");
        loop.trigger(Token.of(1), event -> {});
    }

    @Test
    void aHandlerMustBeGiven() throws Exception {
        assertThatNullPointerException()
                .isThrownBy(() -> loop.register(pipe().source(), Token.of(1), Interest.READABLE, null))
                .withMessage("handler");
        assertThatNullPointerException()
                .isThrownBy(() -> loop.trigger(Token.of(1), null))
                .withMessage("handler");
    }

    @Test
    void aTriggersEventHasNoChannelAndSaysSo() throws Exception {
        AtomicReference<AssertionError> failure = new AtomicReference<>();
        CountDownLatch told = new CountDownLatch(1);
        loop.trigger(Token.of(5), event -> {
                    try {
                        assertThat(event.token()).isEqualTo(Token.of(5));
                        assertThat(event.isReadable()).isTrue();
                        assertThat(event.isWritable()).isFalse();
                        assertThat(event.isClosed()).isFalse();
                        assertThatIllegalStateException()
                                .isThrownBy(event::channel)
                                .withMessage("token 5 belongs to a trigger, which has no channel");
                        assertThatIllegalStateException()
                                .isThrownBy(event::registration)
                                .withMessage("token 5 belongs to a trigger, which has no registration");
                    } catch (AssertionError e) {
                        failure.set(e);
                    }
                    told.countDown();
                })
                .fire();
        Await.open("the event", told);
        assertThat(failure.get()).isNull();
    }

    @Test
    void aChannelMayBeRegisteredAgainAfterCloseByWhomeverAndAtOnce() throws Exception {
        Pipe pipe = pipe();
        AtomicInteger last = new AtomicInteger();
        for (int i = 1; i <= 300; i++) {
            int round = i;
            CountDownLatch readable = new CountDownLatch(1);
            Registration registration = loop.register(pipe.source(), Token.of(7), Interest.READABLE, event -> {
                if (event.isReadable()) {
                    take(pipe);
                    last.set(round);
                    readable.countDown();
                }
            });
            send(pipe);
            Await.open("event of round " + round, readable);
            registration.close();
            assertThat(last).hasValue(round);
        }
        Await.until("nothing is left", () -> test.reactor().keys() == 0);
        assertThat(test.errors).isEmpty();
    }

    /**
     * The reactor learns of a close by another thread later than the registry does. A registration made on the reactor in between
     * meets the key of its predecessor, and must not die with it.
     */
    @Test
    void aSuccessorOnTheSameChannelDoesNotDieWithItsPredecessorsKey() throws Exception {
        Pipe pipe = pipe();
        Registration first = loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {});
        Await.until("armed", () -> test.reactor().keys() == 1);
        CountDownLatch readable = new CountDownLatch(3);
        loop.execute(() -> {
            try {
                Threads.call(() -> {
                    first.close();
                    return true;
                });
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            loop.register(pipe.source(), Token.of(2), Interest.READABLE, event -> {
                if (event.isReadable()) {
                    take(pipe);
                    readable.countDown();
                    if (readable.getCount() > 0) {
                        send(pipe);
                    }
                }
            });
        });
        send(pipe);
        Await.open("the successor's events", readable);
        assertThat(test.reactor().keys()).isEqualTo(1);
        assertThat(loop.deregister(Token.of(2))).isTrue();
        Await.until("nothing is left", () -> test.reactor().keys() == 0);
        assertThat(test.errors).isEmpty();
    }

    /** Closing and registering the same token on two pipes in turn, while both are always readable. */
    @Test
    void aClosedRegistrationReceivesNothingNorDoesItsSuccessorReceiveItsEvents() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            Pipe[] two = {pipe(), pipe()};
            send(two[0]);
            send(two[1]);
            AtomicInteger wrong = new AtomicInteger();
            Registration[] current = new Registration[1];
            for (int round = 0; round < 500; round++) {
                Pipe mine = two[round % 2];
                CountDownLatch called = new CountDownLatch(1);
                CountDownLatch closed = new CountDownLatch(1);
                // Left unread, so the next event is always on its way when the registration is closed.
                current[0] = loop.register(mine.source(), Token.of(9), Interest.READABLE, dispatch, event -> {
                    if (closed.getCount() == 0 || event.channel() != mine.source() || event.isClosed()) {
                        wrong.incrementAndGet();
                    }
                    called.countDown();
                });
                Await.open("an event", called);
                // On the reactor there is no callback under way but a worker's, which the next line waits for.
                Registration closing = current[0];
                CountDownLatch gone = new CountDownLatch(1);
                loop.execute(() -> {
                    closing.close();
                    if (dispatch == Dispatch.DIRECT) {
                        closed.countDown();
                    }
                    gone.countDown();
                });
                Await.open("closed", gone);
                if (dispatch == Dispatch.WORKERS) {
                    Await.until(
                            "the callback under way has ended",
                            () -> nobodyIsAtWork(test.loop.stats().workers()));
                    closed.countDown();
                }
            }
            assertThat(wrong).as("%s", dispatch).hasValue(0);
        }
        assertThat(test.errors).isEmpty();
    }

    /** By one look: between two of them a callback may come from the queue to its thread and be in neither. */
    private static boolean nobodyIsAtWork(WorkerPool.Stats workers) {
        return workers.active() == 0 && workers.queued() == 0;
    }

    @Test
    void manyThreadsRegisterAndCloseWithoutLosingACount() throws Exception {
        List<Thread> threads = new ArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger made = new AtomicInteger();
        for (int t = 0; t < 4; t++) {
            threads.add(Threads.start("registrar-" + t, () -> {
                for (int i = 0; i < 2000; i++) {
                    try {
                        Trigger trigger = loop.trigger(Token.of(i % 5), event -> {});
                        made.incrementAndGet();
                        trigger.fire();
                        trigger.close();
                    } catch (IllegalArgumentException taken) {
                        refused.incrementAndGet();
                    }
                }
            }));
        }
        threads.forEach(Await::end);
        assertThat(made.get() + refused.get()).isEqualTo(8000);
        for (int i = 0; i < 5; i++) {
            assertThat(loop.deregister(Token.of(i))).isFalse();
        }
        assertThat(test.errors).isEmpty();
    }

    @Test
    void aTokenIsZeroOrGreater() {
        assertThat(Token.of(0)).isEqualTo(new Token(0)).hasToString("token 0");
        assertThat(Token.of(Long.MAX_VALUE).value()).isEqualTo(Long.MAX_VALUE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of(-1))
                .withMessage("a token must be 0 or greater, but is -1");
    }
}
