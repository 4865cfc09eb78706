package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.SocketPair;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** After a stop a start begins a new life: what was registered for the old one is over. */
class RestartTest {
    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void registrationsAndTriggersOfTheOldLifeAreClosedAndToldOnce(Dispatch dispatch) throws Exception {
        try (TestLoop test =
                        TestLoop.started(builder -> builder.dispatch(dispatch).reactors(2));
                SocketPair pair = SocketPair.open()) {
            AtomicInteger closed = new AtomicInteger();
            AtomicInteger others = new AtomicInteger();
            EventHandler handler = event -> (event.isClosed() ? closed : others).incrementAndGet();
            Registration registration = test.loop.register(pair.near(), Token.of(1), Interest.READABLE, handler);
            Trigger trigger = test.loop.trigger(Token.of(2), handler);
            test.stopAndWait();
            assertThat(closed).as("told by the time the stop is over").hasValue(2);
            assertThat(registration.isOpen()).isFalse();
            assertThat(trigger.isOpen()).isFalse();
            assertThat(pair.near().isOpen()).isFalse();

            test.loop.start();
            trigger.fire();
            registration.resume();
            registration.interest(Interest.WRITABLE);
            registration.close();
            CountDownLatch later = new CountDownLatch(1);
            test.loop.execute(() -> test.loop.submit(later::countDown));
            Await.open("later", later);
            assertThat(closed).hasValue(2);
            assertThat(others).hasValue(0);
            assertThat(test.reactor().keys()).isZero();
            assertThat(test.errors).isEmpty();
        }
    }

    @Test
    void theirTokensAreFreeAndNewOnesWork() throws Exception {
        try (TestLoop test = new TestLoop()) {
            for (int life = 0; life < 10; life++) {
                try (SocketPair pair = SocketPair.open()) {
                    // In turn before and after the start of the life.
                    if (life % 2 == 0) {
                        test.loop.start();
                    }
                    CountDownLatch readable = new CountDownLatch(1);
                    test.loop.register(pair.near(), Token.of(1), Interest.READABLE, event -> {
                        if (event.isReadable()) {
                            pair.near().read(ByteBuffer.allocate(8));
                            readable.countDown();
                        }
                    });
                    CountDownLatch rung = new CountDownLatch(1);
                    test.loop.trigger(Token.of(2), event -> rung.countDown()).fire();
                    if (life % 2 == 1) {
                        test.loop.start();
                    }
                    pair.far().write(ByteBuffer.allocate(1));
                    Await.open("readable in life " + life, readable);
                    Await.open("rung in life " + life, rung);
                    test.stopAndWait();
                }
            }
            assertThat(test.errors).isEmpty();
        }
    }

    @Test
    void aPausedAndABusyRegistrationAreToldOfTheEndToo() throws Exception {
        try (TestLoop test = TestLoop.started();
                SocketPair paused = SocketPair.open();
                SocketPair busy = SocketPair.open()) {
            CountDownLatch pausedClosed = new CountDownLatch(1);
            CountDownLatch busyClosed = new CountDownLatch(1);
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            test.loop
                    .register(paused.near(), Token.of(1), Interest.READABLE, event -> {
                        if (event.isClosed()) {
                            pausedClosed.countDown();
                        }
                    })
                    .pause();
            test.loop.register(busy.near(), Token.of(2), Interest.READABLE, event -> {
                if (event.isClosed()) {
                    busyClosed.countDown();
                } else {
                    begun.countDown();
                    Await.opened(release);
                }
            });
            busy.far().write(ByteBuffer.allocate(1));
            Await.open("the handler is at work", begun);
            test.loop.stop();
            Await.open("the paused one is told", pausedClosed);
            assertThat(busyClosed.getCount())
                    .as("not while its handler is at work")
                    .isEqualTo(1);
            release.countDown();
            Await.open("the busy one is told", busyClosed);
        }
    }

    /** As somebody does who connects again whenever the end is announced, without a thought for the end of the loop. */
    @Test
    void whatIsRegisteredInTheLastEventServesInTheNextLife() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (TestLoop test = TestLoop.started(builder -> builder.dispatch(dispatch))) {
                AtomicReference<Pipe> current = new AtomicReference<>(Pipe.open());
                AtomicInteger bytes = new AtomicInteger();
                EventHandler handler = new EventHandler() {
                    @Override
                    public void onEvent(Event event) throws Exception {
                        if (event.isClosed()) {
                            Pipe next = Pipe.open();
                            Pipe old = current.getAndSet(next);
                            old.sink().close();
                            test.loop.register(next.source(), Token.of(1), Interest.READABLE, this);
                        } else {
                            bytes.addAndGet(((Pipe.SourceChannel) event.channel()).read(ByteBuffer.allocate(8)));
                        }
                    }
                };
                test.loop.register(current.get().source(), Token.of(1), Interest.READABLE, handler);
                for (int life = 1; life <= 5; life++) {
                    test.stopAndWait();
                    test.loop.start();
                    int before = bytes.get();
                    current.get().sink().write(ByteBuffer.allocate(1));
                    Await.until("served in life " + life + ", " + dispatch, () -> bytes.get() == before + 1);
                    assertThat(test.reactor().keys()).isEqualTo(1);
                }
                test.loop.close();
                assertThat(current.get().source().isOpen())
                        .as("what was registered in the very last event is closed with the loop")
                        .isFalse();
                current.get().sink().close();
            }
        }
    }

    @Test
    void aStopKeepsTheTasksThatComeAfterItForTheNextLife() throws Exception {
        try (TestLoop test = TestLoop.started()) {
            test.stopAndWait();
            CountDownLatch done = new CountDownLatch(1);
            test.loop.execute(done::countDown);
            assertThat(done.getCount()).isEqualTo(1);
            test.loop.start();
            Await.open("in the next life", done);
        }
    }
}
