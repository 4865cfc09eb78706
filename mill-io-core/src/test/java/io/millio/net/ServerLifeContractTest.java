package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Peer;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Starting, stopping and starting again, closing from anywhere, and the counting of who is there. */
class ServerLifeContractTest extends ConnectionContract {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);

    private static void assertServes(TcpServer server) {
        try (Peer peer = Peer.connect(server.localAddress())) {
            assertThat(peer.send("ping").receiveText(4)).isEqualTo("ping");
        }
    }

    /** How the server treats another client, which may learn of a reset while it still connects. */
    private static String endOfNext(TcpServer server) {
        try (Peer peer = Peer.connect(server.localAddress())) {
            return peer.end();
        } catch (UncheckedIOException e) {
            return "RESET";
        }
    }

    // ---- again and again --------------------------------------------------------------------------------------------

    @Test
    void aServerStartsAgainAfterAShutdown() {
        TcpServer server = serve(ECHO);
        for (int i = 0; i < 3; i++) {
            assertServes(server);
            Await.result("the drain", server.shutdown(LONG));
            assertThat(server.isListening()).isFalse();
            server.start();
        }
        assertServes(server);
    }

    @Test
    void thePortIsFreeWhenTheShutdownIsOver() {
        TcpServer server = serve(ECHO);
        assertServes(server);
        SocketAddress address = server.localAddress();
        for (int i = 0; i < 20; i++) {
            Await.result("the drain", server.shutdown(LONG));
            assertThatThrownBy(() -> Peer.connect(address)).isInstanceOf(UncheckedIOException.class);
            server = serve(ECHO, builder -> builder.bind(address));
        }
        assertServes(server);
    }

    @Test
    void aServerStartsAgainAfterItsLoopWasStopped() throws Exception {
        TcpServer server = serve(ECHO);
        for (int i = 0; i < 3; i++) {
            assertServes(server);
            Peer open = connect(server);
            open.send("x").receive(1);
            loop().stop();
            server.awaitClose();
            assertThat(open.end()).isIn("FIN", "RESET");
            Await.until("the loop to stop", () -> loop().stats().state().name().equals("STOPPED"));
            assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
            loop().start();
            server.start();
        }
        assertServes(server);
    }

    /** The timer of a deadline that was not needed must not go off in the server's next life. */
    @Test
    void theDeadlineOfAnEarlierShutdownCutsNobodyLater() {
        ManualTicker ticker = new ManualTicker();
        loop(builder -> builder.ticker(ticker).pollTimeout(Duration.ofMillis(5)).stallThreshold(Duration.ZERO));
        TcpServer server = serve(ECHO);
        Await.result("the drain", server.shutdown(Duration.ofSeconds(10)));
        server.start();
        Peer peer = connect(server);
        assertThat(peer.send("a").receiveText(1)).isEqualTo("a");
        CompletableFuture<Boolean> later = new CompletableFuture<>();
        loop().schedule(Duration.ofSeconds(11), () -> later.complete(true));
        ticker.advance(Duration.ofSeconds(12));
        Await.result("a timer behind the deadline", later);
        assertThat(peer.send("b").receiveText(1)).isEqualTo("b");
    }

    /** Accepting that waits for a timer when the loop stops must not go on waiting in the next life. */
    @Test
    void aServerThatWaitedToAcceptAcceptsInItsNextLife() throws Exception {
        ManualTicker ticker = new ManualTicker();
        loop(builder -> builder.ticker(ticker).pollTimeout(Duration.ofMillis(5)).stallThreshold(Duration.ZERO));
        TcpServer server = serve(ECHO, builder -> builder.acceptRate(1));
        assertServes(server);
        Peer tooEarly = connect(server);
        CompletableFuture<Boolean> looked = new CompletableFuture<>();
        loop().execute(() -> loop().execute(() -> looked.complete(true)));
        Await.result("the listener to look", looked);
        loop().stop();
        server.awaitClose();
        Await.until("the loop to stop", () -> loop().stats().state().name().equals("STOPPED"));
        tooEarly.close();
        ticker.advance(Duration.ofSeconds(5));
        loop().start();
        server.start();
        assertServes(server);
    }

    @Test
    void aClosedServerLeavesNothingOnTheLoop() {
        loop(builder -> builder.bufferMemory(1 << 20));
        for (int i = 0; i < 20; i++) {
            try (TcpServer server = serve(ECHO)) {
                assertServes(server);
            }
            int round = i;
            Await.until(
                    () -> "buffers to come back in round " + round + ": "
                            + buffers(loop()).stats(),
                    () -> buffers(loop()).stats().used() == 0);
        }
    }

    // ---- closing ----------------------------------------------------------------------------------------------------

    @Test
    void awaitCloseReturnsWhenTheServerIsClosedOrItsLoopStops() throws Exception {
        TcpServer closed = serve(ECHO);
        TcpServer stopped = serve(ECHO);
        Future<Boolean> first = beside(() -> awaitClose(closed));
        Future<Boolean> second = beside(() -> awaitClose(stopped));
        closed.close();
        assertThat(first.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.isDone()).isFalse();
        loop().stop();
        assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
        TcpServer never =
                TcpServer.builder(loop()).bind(door.fresh()).handler(ECHO).build();
        never.awaitClose();
        never.close();
    }

    private static boolean awaitClose(TcpServer server) throws InterruptedException {
        server.awaitClose();
        return true;
    }

    @Test
    void aCallbackMayCloseItsOwnServer() throws Exception {
        TcpServer[] self = new TcpServer[1];
        Watch watch = watch((connection, data) -> {
            connection.write(data);
            self[0].close();
        });
        self[0] = serve(watch);
        Peer peer = connect(self[0]);
        assertThat(peer.send("bye").receiveToEnd()).isEqualTo("bye".getBytes());
        peer.close();
        self[0].awaitClose();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.DRAINED);
    }

    @Test
    void aCallbackMayCloseItsOwnLoop() throws Exception {
        TcpServer server = serve((connection, data) -> loop().close());
        Peer peer = connect(server);
        peer.send("bye");
        assertThat(peer.end()).isIn("FIN", "RESET");
        server.awaitClose();
    }

    // ---- how many ---------------------------------------------------------------------------------------------------

    @Test
    void theNumberOfConnectionsNeverLeaks() throws Exception {
        Watch watch = watch(ECHO);
        TcpServer server = serve(watch, builder -> builder.maxConnections(4));
        byte[] sent = pattern(10);
        for (int i = 0; i < 1000; i++) {
            Peer peer = Peer.connect(server.localAddress());
            switch (i % 4) {
                case 0 -> assertThat(peer.send(sent).receive(10)).isEqualTo(sent);
                case 1 -> assertThat(peer.send(sent).finish().receiveToEnd()).isEqualTo(sent);
                case 2 -> peer.send(sent).reset();
                default -> {}
            }
            peer.close();
        }
        assertServes(server);
        Await.until(
                () -> "all to be gone: " + server.stats(), () -> server.stats().active() == 0);
        assertThat(server.stats().maxConnections()).isEqualTo(4);
    }

    @Test
    void aServerThatIsFullServesTheNextOneWhenThereIsRoom() {
        TcpServer server = serve(ECHO, builder -> builder.maxConnections(2));
        for (int i = 0; i < 50; i++) {
            Peer first = connect(server);
            Peer second = connect(server);
            Peer waiting = connect(server);
            waiting.send("w");
            assertThat(first.send("1").receiveText(1)).isEqualTo("1");
            assertThat(second.send("2").receiveText(1)).isEqualTo("2");
            assertThat(server.stats().active()).isLessThanOrEqualTo(2);
            first.close();
            assertThat(waiting.receiveText(1)).isEqualTo("w");
            second.close();
            waiting.close();
        }
    }

    @Test
    void aServerThatRefusesIsNotHarmedByThoseItRefuses() {
        TcpServer server = serve(ECHO, builder -> builder.maxConnections(1).overLimit(OverLimit.REFUSE));
        Peer one = connect(server);
        for (int i = 0; i < 20; i++) {
            assertThat(one.send("1").receiveText(1)).isEqualTo("1");
            assertThat(endOfNext(server)).isEqualTo(door.endByAbort());
        }
        one.close();
        Await.until("the one to be gone", () -> server.stats().active() == 0);
        assertServes(server);
    }

    @Test
    void acceptingSurvivesPeersThatAreGoneBeforeTheyAreAccepted() throws Exception {
        TcpServer server = serve(ECHO);
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        closeLater(free::countDown);
        loop().execute(() -> {
            blocked.countDown();
            try {
                assertThat(free.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 20; i++) {
            Peer.connect(server.localAddress()).reset();
        }
        Peer peer = connect(server);
        free.countDown();
        assertThat(peer.send("still there").receiveText(11)).isEqualTo("still there");
    }

    @Test
    void aHandlerFactoryThatThrowsCostsItsConnectionAlone() {
        int[] made = new int[1];
        TcpServer server = serve(
                ECHO,
                builder -> builder.handlerFactory(() -> {
                    synchronized (made) {
                        if (made[0]++ < 10) {
                            throw new IllegalStateException("no handler");
                        }
                    }
                    return ECHO;
                }));
        for (int i = 0; i < 10; i++) {
            assertThat(endOfNext(server)).isEqualTo(door.endByAbort());
        }
        assertServes(server);
        assertThat(errors()).hasSize(10).allMatch(e -> e instanceof IllegalStateException);
        Await.until(() -> "nobody: " + server.stats(), () -> server.stats().active() == 0);
    }

    @Test
    void aServerShowsItsConnectionsAndWhatEachHasDone() {
        TcpServer server = serve(ECHO);
        try (Peer talking = Peer.connect(server.localAddress());
                Peer silent = Peer.connect(server.localAddress())) {
            talking.send("hello").receive(5);
            Await.until("both are open", () -> server.connections().size() == 2);
            Connection busy = server.connections().members().stream()
                    .filter(connection -> connection.stats().bytesIn() == 5)
                    .findFirst()
                    .orElseThrow();
            Await.until("both ways are counted", () -> busy.stats().bytesOut() == 5);
            ConnectionStats stats = busy.stats();
            assertThat(stats.idle()).isBetween(Duration.ZERO, stats.age());
            silent.close();
            Await.until("one is left", () -> server.connections().members().equals(List.of(busy)));
        }
    }

    @Test
    void eachConnectionMayHaveAHandlerOfItsOwn() {
        TcpServer server = serve(
                ECHO,
                builder -> builder.handlerFactory(() -> new ConnectionHandler() {
                    private int calls;

                    @Override
                    public void onData(Connection connection, ByteBuffer data) {
                        connection.write(ByteBuffer.wrap(new byte[] {(byte) ++calls}));
                    }
                }));
        Peer first = connect(server);
        Peer second = connect(server);
        assertThat(first.send("x").receive(1)).containsExactly(1);
        assertThat(first.send("x").receive(1)).containsExactly(2);
        assertThat(second.send("x").receive(1)).containsExactly(1);
    }
}
