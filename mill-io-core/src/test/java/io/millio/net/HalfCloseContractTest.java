package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Peer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Each side may finish on its own; the connection ends when both have, or when a closing one has waited long enough. */
class HalfCloseContractTest extends ConnectionContract {
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Keeps what it gets, and does nothing when the peer finishes. */
    private static final class Keeper implements ConnectionHandler {
        final CompletableFuture<Connection> finished = new CompletableFuture<>();
        final ByteArrayOutputStream received = new ByteArrayOutputStream();

        @Override
        public synchronized void onData(Connection connection, ByteBuffer data) {
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            received.writeBytes(copy);
        }

        @Override
        public void onInputClosed(Connection connection) {
            finished.complete(connection);
        }

        synchronized byte[] received() {
            return received.toByteArray();
        }
    }

    // ---- the peer finishes first ------------------------------------------------------------------------------------

    @Test
    void anAnswerMayComeLongAfterThePeerHasFinished() {
        Keeper keeper = new Keeper();
        Watch watch = watch(keeper);
        Peer peer = connect(serve(watch));
        peer.send("question").finish();
        Connection connection = Await.result("the end of the question", keeper.finished);
        assertThat(keeper.received()).isEqualTo(bytes("question").array());
        assertThat(connection.isOpen()).isTrue();
        for (int i = 0; i < 3; i++) {
            connection.write(bytes("answer"));
            assertThat(peer.receiveText(6)).isEqualTo("answer");
        }
        connection.close();
        assertThat(peer.receiveToEnd()).isEmpty();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.PEER);
    }

    @Test
    void theEndOfTheInputWaitsForAllThatWasSentBeforeIt() throws Exception {
        byte[] sent = pattern(3 << 20);
        Keeper keeper = new Keeper();
        Watch watch = watch(keeper);
        Peer peer = connect(serve(watch));
        Future<Peer> sender = beside(() -> peer.send(sent).finish());
        Connection connection = Await.result("the end", keeper.finished);
        assertThat(keeper.received()).isEqualTo(sent);
        sender.get(30, TimeUnit.SECONDS);
        connection.close();
        assertThat(peer.end()).isEqualTo("FIN");
    }

    @Test
    void nothingIsToldOfTheEndBeforeAPausedHandlerGoesOn() {
        Keeper keeper = new Keeper();
        CountDownLatch paused = new CountDownLatch(1);
        Watch watch = watch(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                connection.pauseReading();
                paused.countDown();
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                keeper.onData(connection, data);
            }

            @Override
            public void onInputClosed(Connection connection) {
                keeper.onInputClosed(connection);
            }
        });
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        Await.open("the pause", paused);
        peer.send("wait").finish();
        connection.write(bytes("x"));
        peer.receive(1);
        assertThat(keeper.finished).isNotDone();
        connection.resumeReading();
        Await.result("the end", keeper.finished);
        assertThat(keeper.received()).isEqualTo(bytes("wait").array());
        connection.close();
        assertThat(peer.end()).isEqualTo("FIN");
    }

    // ---- we finish first --------------------------------------------------------------------------------------------

    @Test
    void inputGoesOnAfterOurFin() {
        Keeper keeper = new Keeper();
        Watch watch = watch(keeper);
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        connection.write(bytes("I have said it all"));
        connection.shutdownOutput();
        assertThat(peer.receiveToEnd()).isEqualTo(bytes("I have said it all").array());
        peer.send("but I have not");
        Await.until("the rest", () -> keeper.received().length == 14);
        assertThat(connection.isOpen()).isTrue();
        peer.finish();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.PEER);
        assertThat(keeper.finished).isDone();
    }

    @Test
    void ourFinComesBehindEverythingWritten() {
        byte[] content = pattern(3 << 20);
        Watch watch = watch((connection, data) -> {
            connection.write(ByteBuffer.wrap(content));
            connection.shutdownOutput();
            connection.shutdownOutput();
        });
        Peer peer = connect(serve(watch));
        assertThat(peer.send("go").receiveToEnd()).isEqualTo(content);
        peer.close();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.PEER);
    }

    @Test
    void bothMayFinishAtOnce() {
        Watch watch = watch((connection, data) -> {
            connection.write(data);
            connection.shutdownOutput();
        });
        TcpServer server = serve(watch);
        for (int i = 0; i < 300; i++) {
            try (Peer peer = Peer.connect(server.localAddress())) {
                assertThat(peer.send("both").finish().receiveToEnd())
                        .isEqualTo(bytes("both").array());
            }
        }
        assertThat(watch.awaitClosed(300)).containsOnly(CloseReason.PEER);
    }

    // ---- a closing connection waits for its peer --------------------------------------------------------------------

    /** What still comes is discarded, so that no reset cuts the answer; but not for longer than the linger time. */
    @Test
    void aClosingConnectionDiscardsInputUntilThePeerFinishes() throws Exception {
        Watch watch = watch((connection, data) -> {
            connection.write(ByteBuffer.wrap(pattern(10_000)));
            connection.close();
        });
        Peer peer = connect(
                serve(watch, builder -> builder.socket(SocketOptions.defaults().linger(Duration.ofSeconds(30)))));
        peer.send("x");
        assertThat(peer.receive(10_000)).isEqualTo(pattern(10_000));
        assertThat(peer.end()).isEqualTo("FIN");
        for (int i = 0; i < 10; i++) {
            peer.send(new byte[100_000]);
        }
        assertThat(watch.closed()).isEmpty();
        peer.finish();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
    }

    @Test
    void aClosingConnectionWaitsTheLingerTimeAndNoLonger() {
        ManualTicker ticker = new ManualTicker();
        loop(builder -> builder.ticker(ticker).pollTimeout(Duration.ofMillis(5)).stallThreshold(Duration.ZERO));
        Watch watch = watch((connection, data) -> connection.close());
        Peer peer = connect(serve(watch));
        peer.send("x");
        assertThat(peer.end()).isEqualTo("FIN");
        awaitTurns();
        ticker.advance(Duration.ofMillis(1900));
        awaitTurns();
        peer.send("still there");
        assertThat(watch.closed()).isEmpty();
        ticker.advance(Duration.ofMillis(200));
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
        Await.until("the peer to be reset", () -> peer.sendWhileOpen(new byte[10], 10) == 0);
    }

    @Test
    void theLingerTimeMayBeNothing() {
        Watch watch = watch((connection, data) -> connection.close());
        TcpServer server =
                serve(watch, builder -> builder.socket(SocketOptions.defaults().linger(Duration.ZERO)));
        Peer peer = connect(server);
        peer.send("x");
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
    }

    @Test
    void anEchoOfEverythingEndsWithTheAnswersAndNotBefore() throws Exception {
        byte[] sent = pattern(2 << 20);
        TcpServer server = serve(ECHO);
        for (int i = 0; i < 5; i++) {
            Peer peer = connect(server);
            Future<Peer> sender = beside(() -> peer.send(sent).finish());
            assertThat(peer.receiveToEnd()).isEqualTo(sent);
            sender.get(30, TimeUnit.SECONDS);
            peer.close();
        }
    }
}
