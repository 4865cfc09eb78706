package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.SocketPair;
import io.millio.testkit.Threads;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the events of the different channels mean, and how they are switched on and off. */
class ReadinessTest {
    /** Never a time-out that could hide a missing wake-up. */
    private final TestLoop test = TestLoop.started(builder -> builder.pollTimeout(Duration.ZERO));

    private final EventLoop loop = test.loop;

    @AfterEach
    void end() throws Exception {
        test.close();
    }

    private static void take(SocketChannel channel) throws IOException {
        channel.read(ByteBuffer.allocate(1024));
    }

    private static void send(SocketChannel channel) throws IOException {
        channel.write(ByteBuffer.allocate(1));
    }

    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void readableOnAListeningChannelMeansAConnection(Dispatch dispatch) throws Exception {
        try (ServerSocketChannel listener = SocketPair.listener()) {
            CountDownLatch accepted = new CountDownLatch(20);
            loop.register(listener, Token.of(1), Interest.READABLE, dispatch, event -> {
                if (event.isReadable() && !event.isWritable()) {
                    SocketChannel connection = listener.accept();
                    if (connection != null) {
                        connection.close();
                        accepted.countDown();
                    }
                }
            });
            for (int i = 0; i < 20; i++) {
                SocketChannel.open(listener.getLocalAddress()).close();
            }
            Await.open("all connections", accepted);
            assertThat(test.reactor().accepts()).isGreaterThanOrEqualTo(20);
        }
    }

    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void writableOnAConnectingChannelMeansConnectedAndThenRoom(Dispatch dispatch) throws Exception {
        try (ServerSocketChannel listener = SocketPair.listener();
                SocketChannel client = SocketChannel.open()) {
            client.configureBlocking(false);
            client.connect(listener.getLocalAddress());
            CountDownLatch connected = new CountDownLatch(1);
            CountDownLatch room = new CountDownLatch(1);
            loop.register(client, Token.of(1), Interest.WRITABLE, dispatch, event -> {
                if (client.isConnected()) {
                    event.registration().pause();
                    room.countDown();
                } else if (event.isWritable() && client.finishConnect()) {
                    connected.countDown();
                }
            });
            Await.open("writable again, for there is room", room);
            assertThat(connected.getCount()).isZero();
            assertThat(test.reactor().connects()).isEqualTo(1);
            assertThat(test.reactor().writes()).isPositive();
        }
    }

    @Test
    void writableOnAConnectingChannelAlsoMeansFailed() throws Exception {
        InetSocketAddress nobody;
        try (ServerSocketChannel listener = SocketPair.listener()) {
            nobody = (InetSocketAddress) listener.getLocalAddress();
        }
        try (SocketChannel client = SocketChannel.open()) {
            client.configureBlocking(false);
            try {
                client.connect(nobody);
            } catch (ConnectException refusedAtOnce) {
                return;
            }
            CompletableFuture<IOException> failure = new CompletableFuture<>();
            loop.register(client, Token.of(1), Interest.WRITABLE, event -> {
                if (event.isWritable()) {
                    try {
                        client.finishConnect();
                    } catch (IOException e) {
                        event.registration().close();
                        failure.complete(e);
                    }
                }
            });
            assertThat(Await.result("the attempt fails", failure)).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void datagramsAreReadableToo() throws Exception {
        try (DatagramChannel receiver =
                        DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                DatagramChannel sender = DatagramChannel.open()) {
            CountDownLatch received = new CountDownLatch(3);
            loop.register(receiver, Token.of(1), Interest.READABLE, event -> {
                if (receiver.receive(ByteBuffer.allocate(10)) != null) {
                    received.countDown();
                }
            });
            for (int i = 0; i < 3; i++) {
                sender.send(ByteBuffer.allocate(1), receiver.getLocalAddress());
            }
            Await.open("three datagrams", received);
        }
    }

    @Test
    void bothInterestsAreReportedInOneEvent() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            send(pair.far());
            CountDownLatch both = new CountDownLatch(1);
            loop.register(pair.near(), Token.of(1), Interest.READABLE_OR_WRITABLE, event -> {
                assertThat(event.channel()).isSameAs(pair.near());
                assertThat(event.registration().token()).isEqualTo(Token.of(1));
                if (event.isReadable() && event.isWritable()) {
                    both.countDown();
                    event.registration().close();
                }
            });
            Await.open("readable and writable", both);
        }
    }

    @Test
    void whatIsLeftUnreadIsReportedAgain() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (SocketPair pair = SocketPair.open()) {
                AtomicInteger events = new AtomicInteger();
                Registration registration =
                        loop.register(pair.near(), Token.of(1), Interest.READABLE, dispatch, event -> {
                            if (events.incrementAndGet() == 3) {
                                take(pair.near());
                            }
                        });
                send(pair.far());
                Await.until("three events", () -> events.get() >= 3);
                registration.close();
                Await.until("let go", () -> test.reactor().keys() == 0);
                assertThat(events).hasValue(3);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void interestMayBeChangedByAnyThread(Dispatch dispatch) throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            AtomicInteger readable = new AtomicInteger();
            AtomicInteger writable = new AtomicInteger();
            Registration registration = loop.register(pair.near(), Token.of(1), Interest.READABLE, dispatch, event -> {
                if (event.isReadable()) {
                    take(pair.near());
                    readable.incrementAndGet();
                }
                if (event.isWritable()) {
                    writable.incrementAndGet();
                }
            });
            for (int round = 1; round <= 50; round++) {
                int wanted = round;
                send(pair.far());
                Await.until("readable in round " + round, () -> readable.get() == wanted);
                int before = writable.get();
                registration.interest(Interest.WRITABLE);
                Await.until("writable in round " + round, () -> writable.get() > before);
                registration.interest(Interest.READABLE);
            }
        }
    }

    @Test
    void aPausedRegistrationIsNotCalledAndItsBytesAreKept() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (SocketPair pair = SocketPair.open()) {
                AtomicInteger events = new AtomicInteger();
                Registration registration =
                        loop.register(pair.near(), Token.of(1), Interest.READABLE, dispatch, event -> {
                            if (event.isReadable()) {
                                take(pair.near());
                                events.incrementAndGet();
                            }
                        });
                registration.pause();
                barrier();
                send(pair.far());
                registration.interest(Interest.READABLE_OR_WRITABLE);
                registration.interest(Interest.READABLE);
                barrier();
                barrier();
                assertThat(events).hasValue(0);
                registration.resume();
                Await.until("resumed", () -> events.get() == 1);
                registration.close();
                Await.until("let go", () -> test.reactor().keys() == 0);
            }
        }
    }

    /** Returns after the reactor has come round with what was asked of it before. */
    private void barrier() {
        CountDownLatch second = new CountDownLatch(1);
        loop.execute(() -> loop.schedule(Duration.ofMillis(2), second::countDown));
        Await.open("the reactor comes round", second);
    }

    @Test
    void pauseAndResumeRaceWithEventsAndLoseNone() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            AtomicInteger bytes = new AtomicInteger();
            Registration registration = loop.register(pair.near(), Token.of(1), Interest.READABLE, event -> {
                ByteBuffer buffer = ByteBuffer.allocate(64);
                bytes.addAndGet(Math.max(0, pair.near().read(buffer)));
            });
            int rounds = 20_000;
            Thread writer = Threads.start("writer", () -> {
                try {
                    for (int i = 0; i < rounds; i++) {
                        send(pair.far());
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            while (writer.isAlive()) {
                registration.pause();
                registration.resume();
            }
            Await.until(() -> bytes + " of " + rounds + " bytes", () -> bytes.get() == rounds);
        }
    }

    @Test
    void anyNumberOfWishesTogetherCostOneTask() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            Registration registration = loop.register(pair.near(), Token.of(1), Interest.READABLE, event -> {});
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            loop.execute(() -> {
                busy.countDown();
                Await.opened(release);
            });
            Await.open("the reactor is busy", busy);
            long before = test.reactor().tasks();
            for (int i = 0; i < 100_000; i++) {
                registration.pause();
                registration.interest(Interest.READABLE_OR_WRITABLE);
                registration.interest(Interest.READABLE);
                registration.resume();
            }
            release.countDown();
            barrier();
            assertThat(test.reactor().tasks() - before).isLessThan(10);
        }
    }

    /** Nobody can hook the close of a channel; the reactor sees it when its next wait ends. */
    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void aChannelClosedByAnotherThreadEndsItsRegistrationOnce(Dispatch dispatch) throws Exception {
        try (TestLoop waking = TestLoop.started(builder -> builder.pollTimeout(Duration.ofMillis(20)))) {
            Pipe pipe = Pipe.open();
            AtomicInteger closed = new AtomicInteger();
            AtomicInteger others = new AtomicInteger();
            Registration registration =
                    waking.loop.register(pipe.source(), Token.of(1), Interest.READABLE, dispatch, event -> {
                        if (event.isClosed()) {
                            closed.incrementAndGet();
                        } else {
                            others.incrementAndGet();
                        }
                    });
            Await.until("armed", () -> waking.reactor().keys() == 1);
            pipe.source().close();
            Await.until("told", () -> closed.get() == 1);
            assertThat(registration.isOpen()).isFalse();
            assertThat(waking.reactor().keys()).isZero();
            waking.loop.trigger(Token.of(1), event -> {});

            long selects = waking.selectors.selects.get();
            long start = System.nanoTime();
            CountDownLatch later = new CountDownLatch(1);
            waking.loop.schedule(Duration.ofMillis(200), later::countDown);
            Await.open("a while later", later);
            long again = waking.selectors.selects.get() - selects;
            // One for each poll timeout, however long the machine has made the while, and some that were woken.
            assertThat(again).as("no spinning").isLessThan(30 + (System.nanoTime() - start) / 20_000_000);
            assertThat(closed).as("told once").hasValue(1);
            assertThat(others).hasValue(0);
            pipe.sink().close();
        }
    }

    @Test
    void aChannelClosedByItsOwnHandlerEndsItsRegistration() throws Exception {
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            try (SocketPair pair = SocketPair.open()) {
                CountDownLatch closed = new CountDownLatch(1);
                Registration registration =
                        loop.register(pair.near(), Token.of(1), Interest.READABLE, dispatch, event -> {
                            if (event.isClosed()) {
                                closed.countDown();
                            } else {
                                pair.near().close();
                            }
                        });
                send(pair.far());
                Await.open("told, dispatch " + dispatch, closed);
                assertThat(registration.isOpen()).isFalse();
                assertThat(test.reactor().keys()).isZero();
            }
        }
    }

    @Test
    void aChannelClosedBeforeTheStartIsReportedAtTheStart() throws Exception {
        try (TestLoop late = new TestLoop()) {
            Pipe pipe = Pipe.open();
            CountDownLatch closed = new CountDownLatch(1);
            late.loop.register(pipe.source(), Token.of(1), Interest.READABLE, event -> {
                if (event.isClosed()) {
                    closed.countDown();
                }
            });
            pipe.source().close();
            late.loop.start();
            Await.open("told", closed);
            pipe.sink().close();
        }
    }

    @Test
    void theEndOfThePeerIsReadable() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            CountDownLatch end = new CountDownLatch(1);
            loop.register(pair.near(), Token.of(1), Interest.READABLE, event -> {
                if (event.isReadable() && pair.near().read(ByteBuffer.allocate(1)) < 0) {
                    event.registration().close();
                    end.countDown();
                }
            });
            pair.far().shutdownOutput();
            Await.open("the end", end);
        }
    }

    @Test
    void eventsOfRawRegistrationsAreCounted() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            CountDownLatch events = new CountDownLatch(5);
            loop.register(pair.near(), Token.of(1), Interest.READABLE, event -> {
                if (event.isReadable()) {
                    take(pair.near());
                    events.countDown();
                    if (events.getCount() > 0) {
                        send(pair.far());
                    }
                }
            });
            send(pair.far());
            Await.open("five events", events);
            assertThat(test.reactor().reads()).isEqualTo(5);
            assertThat(test.reactor().keys()).isEqualTo(1);
        }
    }
}
