package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.internal.transport.NioStream;
import io.millio.loop.Dispatch;
import io.millio.loop.EventHandler;
import io.millio.loop.Token;
import io.millio.loop.Trigger;
import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is known to have failed in the library that this one re-creates, as far as connections are concerned; one test for each. */
class NetRegressionTest extends ConnectionContract {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);

    /** "1 MB sent in one burst arrives as 8 KB." */
    @Test
    void aBurstOfAMegabyteIsReceivedToItsEnd() throws Exception {
        AtomicInteger received = new AtomicInteger();
        TcpServer server = serve((connection, data) -> received.addAndGet(data.remaining()));
        Peer peer = connect(server);
        peer.send(new byte[1 << 20]);
        Await.until(() -> "1 MiB, received are " + received, () -> received.get() == 1 << 20);
    }

    /** "Two handlers run at once for one connection, and AB becomes BA." */
    @Test
    void theAnswersOfOneConnectionComeInTheOrderOfItsQuestions() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        TcpServer server = serve(
                (connection, line) -> {
                    assertThat(inside.incrementAndGet()).isOne();
                    Thread.yield();
                    connection.writeFrame(line);
                    inside.decrementAndGet();
                },
                builder -> builder.framing(Framing.lines()));
        Peer peer = connect(server);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            lines.append(i % 2 == 0 ? "A" : "B").append(i).append('\n');
        }
        Future<Peer> sender = beside(() -> peer.send(lines.toString()));
        assertThat(peer.receiveText(lines.length())).isEqualTo(lines.toString());
        sender.get(30, TimeUnit.SECONDS);
    }

    /** "A handler that panics takes the server down." */
    @Test
    void aHandlerThatFailsCostsItsOwnConnection() {
        TcpServer server = serve((connection, data) -> {
            if (data.get(0) == '!') {
                throw new StackOverflowError("panic");
            }
            connection.write(data);
        });
        Peer good = connect(server);
        for (int i = 0; i < 20; i++) {
            Peer bad = connect(server).send("!");
            assertThat(bad.end()).isEqualTo("FIN");
            bad.close();
            assertThat(good.send("ok").receiveText(2)).isEqualTo("ok");
        }
        assertThat(errors()).hasSize(20);
    }

    /** "8-14 % of clients that write right after connecting are never answered." */
    @Test
    void bytesThatComeWithTheConnectionAreSeen() {
        TcpServer server = serve(ECHO);
        for (int i = 0; i < 500; i++) {
            try (Peer peer = Peer.connect(server.localAddress()).send("at once")) {
                assertThat(peer.receiveText(7)).as("client %d", i).isEqualTo("at once");
            }
        }
    }

    /** "Connection tokens collide with the user's", and "the waker owns the user's token 0". */
    @Test
    void connectionsAndTheLoopItselfTakeNoTokenOfTheUsers() throws Exception {
        TcpServer server = serve(ECHO);
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            peers.add(connect(server).send("x"));
        }
        AtomicInteger fired = new AtomicInteger();
        List<Trigger> triggers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            triggers.add(loop().trigger(Token.of(i), event -> fired.incrementAndGet()));
        }
        triggers.forEach(Trigger::fire);
        Await.until(() -> "20 triggers, fired are " + fired, () -> fired.get() == 20);
        for (Peer peer : peers) {
            assertThat(peer.receiveText(1)).isEqualTo("x");
            assertThat(peer.send("y").receiveText(1)).isEqualTo("y");
        }
    }

    /** "A duplicate token silently replaces." */
    @Test
    void theTokenOfAServerIsRefusedToOthersAndFreeAgainAfterItsClose() {
        TcpServer server = serve(ECHO, builder -> builder.name("first").token(Token.of(7)));
        EventHandler nothing = event -> {};
        assertThatThrownBy(() -> loop().trigger(Token.of(7), nothing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("first");
        assertThatThrownBy(() -> serve(ECHO, builder -> builder.token(Token.of(7))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("first");
        assertThatThrownBy(() -> loop().deregister(Token.of(7)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("first");
        server.close();
        loop().trigger(Token.of(7), nothing);
        assertThatThrownBy(() -> serve(ECHO, builder -> builder.token(Token.of(7))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** "write_all on a non-blocking socket loses the tail of 16 MB." */
    @Test
    void aWriteOfSixteenMegabytesArrivesWhole() {
        byte[] large = pattern(16 << 20);
        TcpServer server = serve((connection, data) -> connection.write(ByteBuffer.wrap(large)));
        Peer peer = connect(server);
        assertThat(peer.send("go").receive(large.length)).isEqualTo(large);
    }

    /** "Closing a connection leaks the connection count until nobody gets in." */
    @Test
    void aConnectionThatTheHandlerClosesMakesRoomForTheNext() {
        TcpServer server = serve(
                (connection, data) -> {
                    connection.write(data);
                    connection.close();
                },
                builder -> builder.maxConnections(2));
        for (int i = 0; i < 100; i++) {
            try (Peer peer = Peer.connect(server.localAddress())) {
                assertThat(peer.send("x").receiveToEnd()).as("client %d", i).containsExactly('x');
            }
        }
        Await.until("nobody left", () -> server.stats().active() == 0);
    }

    /** "Calling the server from on_connect deadlocks." */
    @Test
    void onOpenMayAskTheServerAndTheLoopAnything() {
        TcpServer[] self = new TcpServer[1];
        CountDownLatch started = new CountDownLatch(1);
        self[0] = serve(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) throws Exception {
                assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
                assertThat(self[0].stats().active()).isPositive();
                assertThat(self[0].isListening()).isTrue();
                assertThat(self[0].localAddress()).isEqualTo(connection.localAddress());
                self[0].pauseAccepting();
                self[0].resumeAccepting();
                loop().stats();
                try (TcpServer other = TcpServer.builder(loop())
                        .bind("127.0.0.1", 0)
                        .handler(ECHO)
                        .start()) {
                    assertThat(other.isListening()).isTrue();
                }
                connection.write(ByteBuffer.wrap("asked".getBytes()));
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {}
        });
        started.countDown();
        assertThat(connect(self[0]).receiveText(5)).isEqualTo("asked");
        assertThat(connect(self[0]).receiveText(5)).isEqualTo("asked");
    }

    /** "The worker count sizes nothing." */
    @Test
    void asManyHandlersRunAtOnceAsThereAreWorkers() throws Exception {
        int workers = 3;
        loop(builder -> builder.workers(workers));
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch free = new CountDownLatch(1);
        closeLater(free::countDown);
        TcpServer server = serve(
                (connection, data) -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    assertThat(free.await(30, TimeUnit.SECONDS)).isTrue();
                    inside.decrementAndGet();
                    connection.write(data);
                },
                builder -> builder.dispatch(Dispatch.WORKERS));
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 2 * workers; i++) {
            peers.add(connect(server).send("x"));
        }
        Await.until("all workers at work", () -> inside.get() == workers);
        free.countDown();
        for (Peer peer : peers) {
            assertThat(peer.receiveText(1)).isEqualTo("x");
        }
        assertThat(most).hasValue(workers);
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("contract-worker-")))
                .hasSize(workers);
    }

    /** "Keep-alive is configured and never applied." */
    @Test
    void keepAliveIsSetOnEverySocketUnlessItIsSwitchedOff() throws Exception {
        assertThat(optionOfFirst(SocketOptions.defaults(), StandardSocketOptions.SO_KEEPALIVE))
                .isTrue();
        assertThat(optionOfFirst(SocketOptions.defaults().keepAlive(false), StandardSocketOptions.SO_KEEPALIVE))
                .isFalse();
        assertThat(optionOfFirst(SocketOptions.defaults(), StandardSocketOptions.TCP_NODELAY))
                .isTrue();
        assertThat(optionOfFirst(SocketOptions.defaults().noDelay(false), StandardSocketOptions.TCP_NODELAY))
                .isFalse();
    }

    private boolean optionOfFirst(SocketOptions options, java.net.SocketOption<Boolean> option) throws Exception {
        Watch watch = watch(ECHO);
        connect(serve(watch, builder -> builder.bind("127.0.0.1", 0).socket(options)))
                .send("x")
                .receive(1);
        NioStream stream = (NioStream) ((StreamConnection) watch.first()).transport();
        return ((SocketChannel) stream.channel()).getOption(option);
    }

    /** "The listener never stops." */
    @Test
    void aServerThatWasClosedAcceptsNobody() {
        TcpServer server = serve(ECHO);
        SocketAddress address = server.localAddress();
        Peer peer = connect(server);
        peer.send("x").receive(1);
        peer.close();
        server.close();
        assertThatThrownBy(() -> Peer.connect(address)).isInstanceOf(UncheckedIOException.class);
        assertThat(server.isListening()).isFalse();
        TcpServer stopped = serve(ECHO);
        SocketAddress second = stopped.localAddress();
        Await.result("the loop", loop().shutdown(LONG));
        assertThatThrownBy(() -> Peer.connect(second)).isInstanceOf(UncheckedIOException.class);
    }

    /** "A client's disconnect deregisters somebody else." */
    @Test
    void theEndOfOneConnectionIsNobodyElsesEnd() {
        TcpServer server = serve(ECHO);
        List<Peer> staying = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            staying.add(connect(server));
        }
        for (int i = 0; i < 100; i++) {
            Peer leaving = Peer.connect(server.localAddress());
            leaving.send("x").receive(1);
            if (i % 2 == 0) {
                leaving.reset();
            } else {
                leaving.close();
            }
            Peer stays = staying.get(i % staying.size());
            assertThat(stays.send("still").receiveText(5)).isEqualTo("still");
        }
        Await.until("the leaving ones to be gone", () -> server.stats().active() == staying.size());
        for (Peer peer : staying) {
            assertThat(peer.send("still").receiveText(5)).isEqualTo("still");
        }
    }
}
