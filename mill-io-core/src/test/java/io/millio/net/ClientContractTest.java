package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millio.internal.poll.PollSource;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.testkit.Await;
import io.millio.testkit.BlackHole;
import io.millio.testkit.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A call of connect has one outcome, whatever the other side and this one do, and leaves nothing behind. */
class ClientContractTest extends ConnectionContract {
    /** Names, several addresses and options of sockets belong to TCP: whatever the door, these servers stand behind that one. */
    @Override
    SocketAddress freshAddress() {
        return Door.TCP.fresh();
    }

    private static final ConnectionHandler IGNORE = (connection, data) -> {};

    private TcpClient client(SocketAddress address, ConnectionHandler handler, UnaryOperator<TcpClient.Builder> more) {
        return closeLater(more.apply(TcpClient.builder(loop())
                        .name("probe")
                        .connectTo(address)
                        .handler(handler instanceof Watch ? handler : watch(handler)))
                .build());
    }

    private TcpClient client(SocketAddress address, ConnectionHandler handler) {
        return client(address, handler, builder -> builder);
    }

    private static <T> T result(CompletableFuture<T> future) {
        return Await.result("a connection", future);
    }

    private static Throwable failure(CompletableFuture<Connection> future) {
        Await.until("an outcome", future::isDone);
        return catchThrowable(future::join).getCause();
    }

    /** An address of this machine on which nobody listens. */
    private static InetSocketAddress nobody(String address) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return (InetSocketAddress) taken.getLocalSocketAddress();
        }
    }

    private int port(TcpServer server) {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Neither a channel nor a timer more than before. */
    private void nothingWatched(Supplier<long[]> figures, long[] before) {
        Await.until(
                () -> "channels and timers " + List.of(before[0], before[1]) + ", there are "
                        + List.of(figures.get()[0], figures.get()[1]),
                () -> figures.get()[0] <= before[0] && figures.get()[1] <= before[1]);
    }

    private long[] figures() {
        long[] sums = new long[2];
        loop().stats().reactors().forEach(reactor -> {
            sums[0] += reactor.keys();
            sums[1] += reactor.timersPending();
        });
        return sums;
    }

    // ---- success ----------------------------------------------------------------------------------------------------

    @Test
    void everythingComesBackInOrderAndTheFutureComesBeforeTheFirstData() {
        byte[] sent = pattern(300_000);
        Queue<String> order = new ConcurrentLinkedQueue<>();
        ByteBuffer received = ByteBuffer.allocate(sent.length);
        CountDownLatch all = new CountDownLatch(1);
        TcpServer server = serve(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                connection.write(ByteBuffer.wrap(new byte[] {0}));
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                connection.write(data);
            }
        });
        TcpClient client = client(server.localAddress(), new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                order.add("open");
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                if (order.size() < 3) {
                    order.add("data");
                    data.get();
                }
                received.put(data);
                if (!received.hasRemaining()) {
                    all.countDown();
                }
            }
        });
        CompletableFuture<Connection> connecting = client.connect();
        CompletableFuture<Connection> noted = connecting.thenApply(connection -> {
            order.add("future");
            return connection;
        });
        result(connecting).write(ByteBuffer.wrap(sent));
        Await.open("the echo", all);
        result(noted);
        assertThat(received.array()).isEqualTo(sent);
        if (order.contains("data") && !order.toString().contains("data, future")) {
            assertThat(order).containsExactly("open", "future", "data");
        }
        assertThat(client.stats().opened()).isEqualTo(1);
        assertThat(client.stats().bytesIn()).isEqualTo(sent.length + 1);
    }

    @Test
    void connectionsSpreadOverTheReactorsUnlessTheCallerIsOne() {
        TcpServer server = serve((connection, data) -> connection.write(data));
        TcpClient client = client(server.localAddress(), IGNORE);
        for (int i = 0; i < 4; i++) {
            assertThat(result(client.connect()).reactorIndex()).isEqualTo(i % mode.reactors);
        }
        CompletableFuture<CompletableFuture<Connection>> from = new CompletableFuture<>();
        loop().execute(() -> from.complete(client.connect()));
        assertThat(result(result(from)).reactorIndex()).isZero();
    }

    @Test
    void optionsOfTheSocketAreApplied() throws IOException {
        TcpServer server = serve((connection, data) -> connection.write(data), b -> b.bind("127.0.0.1", 0));
        InetSocketAddress local = nobody("127.0.0.1");
        TcpClient client = client(server.localAddress(), IGNORE, builder -> builder.bindLocal(local)
                .socket(SocketOptions.defaults()
                        .keepAlive(true)
                        .keepIdle(Duration.ofSeconds(77))
                        .noDelay(false)));
        Connection connection = result(client.connect());
        NetworkChannel channel = (NetworkChannel) ((PollSource) ((StreamConnection) connection).transport()).channel();
        assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals("TCP_KEEPIDLE")) {
                assertThat(channel.getOption(option)).isEqualTo(77);
            }
        }
        assertThat(connection.localAddress()).isEqualTo(local);
    }

    @Test
    void unixSocketsConnectInTheSameWay(@TempDir Path folder) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        CountDownLatch heard = new CountDownLatch(2);
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            TcpClient client = client(address, (connection, data) -> heard.countDown());
            assertThat(failure(client.connect())).isInstanceOf(ConnectException.class);
            listener.bind(address, 1);
            Connection connection = result(client.connect());
            assertThat(connection.remoteAddress()).isEqualTo(address);
            try (SocketChannel accepted = listener.accept()) {
                connection.write(ByteBuffer.wrap(new byte[] {7}));
                ByteBuffer received = ByteBuffer.allocate(8);
                accepted.read(received);
                heard.countDown();
                accepted.write(received.flip());
                Await.open("the byte back", heard);
                // A queue that is full refuses, and does not pretend to have connected.
                CompletableFuture<Connection> last = client.connect();
                for (int i = 0; i < 4 && !failed(last); i++) {
                    last = client.connect();
                }
                assertThat(failure(last)).isInstanceOf(ConnectException.class);
            }
        }
    }

    @Test
    void addressesWithinTheProcessConnectInTheSameWay() {
        LocalAddress address = LocalAddress.of("client-contract");
        CountDownLatch heard = new CountDownLatch(1);
        TcpClient client = client(address, (connection, data) -> heard.countDown());
        assertThat(failure(client.connect()))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("local:client-contract");
        serve((connection, data) -> connection.write(data), builder -> builder.bind(address));
        Connection connection = result(client.connect());
        connection.write(ByteBuffer.wrap(new byte[] {7}));
        Await.open("the byte back", heard);
        assertThat(connection.remoteAddress()).isEqualTo(address);
    }

    private static boolean failed(CompletableFuture<Connection> future) {
        Await.until("an outcome", future::isDone);
        return future.isCompletedExceptionally();
    }

    // ---- failure ----------------------------------------------------------------------------------------------------

    @Test
    void refusedIsOneFailureThatNamesTheHostItsAddressesAndTheTime() throws IOException {
        int port = nobody("127.0.0.1").getPort();
        TcpClient client = client(
                InetSocketAddress.createUnresolved("twins.test", port),
                IGNORE,
                builder -> builder.resolver(host -> addresses("127.0.0.1", "127.0.0.2")));
        long start = System.nanoTime();
        Throwable failure = failure(client.connect());
        assertThat(failure)
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("client 'probe'")
                .hasMessageContaining("twins.test:" + port)
                .hasMessageContaining("/127.0.0.1:" + port)
                .hasMessageContaining("/127.0.0.2:" + port)
                .hasMessageContaining(" ms");
        assertThat(failure.getSuppressed()).hasSize(2).allMatch(each -> each instanceof ConnectException);
        assertThat(client.stats().failed()).containsOnly(Map.entry("refused", 1L));
        assertThat(client.stats().connecting()).isZero();
        assertThat(System.nanoTime() - start)
                .as("the second address waits for no delay once the first has failed")
                .isLessThan(Duration.ofSeconds(5).toNanos());
    }

    private static InetAddress[] addresses(String... names) throws UnknownHostException {
        InetAddress[] found = new InetAddress[names.length];
        for (int i = 0; i < names.length; i++) {
            found[i] = InetAddress.getByName(names[i]);
        }
        return found;
    }

    @Test
    void aBlackHoleEndsAtTheTimeOutAndNotBefore() {
        BlackHole hole = closeLater(BlackHole.on("127.0.0.1", 0));
        TcpClient client = client(hole.address(), IGNORE, builder -> builder.connectTimeout(Duration.ofMillis(120)));
        loop().start();
        long[] before = figures();
        long start = System.nanoTime();
        Throwable failure = failure(client.connect());
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(120));
        assertThat(failure)
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessageContaining("connectTimeout")
                .hasMessageContaining("PT0.12S")
                .hasMessageContaining("no answer");
        assertThat(client.stats().failed()).containsOnlyKeys("connect-timeout");
        nothingWatched(this::figures, before);
    }

    @Test
    void cancellingEndsTheAttempt() {
        BlackHole hole = closeLater(BlackHole.on("127.0.0.1", 0));
        TcpClient client = client(hole.address(), IGNORE);
        loop().start();
        long[] before = figures();
        CompletableFuture<Connection> connecting = client.connect();
        Await.until("the attempt to begin", () -> figures()[0] > before[0]);
        connecting.cancel(false);
        nothingWatched(this::figures, before);
        Await.until("an end", () -> client.stats().connecting() == 0);
        assertThat(client.stats().failed()).containsOnly(Map.entry("cancelled", 1L));
    }

    @Test
    void aCancelThatRacesWithTheConnectionLeavesNone() {
        TcpServer server = serve((connection, data) -> connection.write(data));
        TcpClient client = client(server.localAddress(), IGNORE);
        for (int i = 0; i < 40; i++) {
            CompletableFuture<Connection> connecting = client.connect();
            Await.until("something to have begun", () -> client.stats().connecting() > 0 || connecting.isDone());
            if (!connecting.cancel(false)) {
                result(connecting).abort();
            }
        }
        Await.until(
                () -> "no connection, there are " + client.stats(),
                () -> client.stats().active() == 0 && client.stats().connecting() == 0);
    }

    @Test
    void theEndOfTheLoopEndsTheAttempt() {
        BlackHole hole = closeLater(BlackHole.on("127.0.0.1", 0));
        TcpClient client = client(hole.address(), IGNORE);
        CompletableFuture<Connection> connecting = client.connect();
        loop().stop();
        assertThat(failure(connecting))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("loop stopped");
        Await.until("the loop to stop", () -> failed(client.connect()));
    }

    @Test
    void aHostWithoutAnAddressFails() {
        TcpClient client = client(
                InetSocketAddress.createUnresolved("nowhere.test", 7),
                IGNORE,
                builder -> builder.resolver(host -> {
                    throw new UnknownHostException(host);
                }));
        Throwable failure = failure(client.connect());
        assertThat(failure).isInstanceOf(ConnectException.class).hasMessageContaining("nowhere.test");
        assertThat(failure.getSuppressed()).hasSize(1).allMatch(each -> each instanceof UnknownHostException);
        assertThat(client.stats().failed()).containsOnlyKeys("unresolved");
    }

    @Test
    void aSlowLookupAndBusyWorkersDoNotHoldUpTheTimeOut() {
        CountDownLatch over = new CountDownLatch(1);
        TcpServer server = serve((connection, data) -> connection.write(data), b -> b.bind("127.0.0.1", 0));
        TcpClient client = client(
                InetSocketAddress.createUnresolved("slow.test", port(server)),
                IGNORE,
                builder -> builder.connectTimeout(Duration.ofMillis(100)).resolver(host -> {
                    Await.opened(over);
                    return addresses("127.0.0.1");
                }));
        loop();
        for (int i = 0; i < 8; i++) {
            CompletableFuture<Void> busy = loop().submit(() -> Await.opened(over));
            assertThat(busy).isNotNull();
        }
        try {
            assertThat(failure(client.connect())).isInstanceOf(SocketTimeoutException.class);
        } finally {
            over.countDown();
        }
        awaitTurns();
        assertThat(client.stats().opened())
                .as("made by a lookup that came late")
                .isZero();
    }

    @Test
    void aLocalAddressThatCannotBeBoundFailsTheAttempt() {
        TcpServer server = serve((connection, data) -> connection.write(data), b -> b.bind("127.0.0.1", 0));
        TcpClient client = client(
                server.localAddress(), IGNORE, builder -> builder.bindLocal(new InetSocketAddress("192.0.2.1", 0)));
        assertThat(failure(client.connect()).getSuppressed()).hasSize(1);
        assertThat(client.stats().failed()).hasSize(1);
    }

    @Test
    void aPeerThatResetsAtOnceMakesOneOutcomeEach() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            int count = 30;
            var resets = beside(() -> {
                for (int i = 0; i < count; i++) {
                    var socket = listener.accept();
                    socket.setSoLinger(true, 0);
                    socket.close();
                }
                return null;
            });
            Watch watch = watch(IGNORE);
            TcpClient client = client(listener.getLocalSocketAddress(), watch);
            int opened = 0;
            for (int i = 0; i < count; i++) {
                opened += failed(client.connect()) ? 0 : 1;
            }
            resets.get(30, TimeUnit.SECONDS);
            assertThat(watch.awaitClosed(opened)).hasSize(opened).allMatch(reason -> reason == CloseReason.RESET);
        }
    }

    @Test
    void aHandlerFactoryThatThrowsIsAFailure() {
        TcpServer server = serve((connection, data) -> connection.write(data));
        TcpClient client = client(
                server.localAddress(),
                IGNORE,
                builder -> builder.handlerFactory(() -> {
                    throw new IllegalStateException("no handler today");
                }));
        assertThat(failure(client.connect())).isInstanceOf(IOException.class).hasMessageContaining("factory");
        assertThat(errors()).isNotEmpty();
    }

    /** A server on a port that is a black hole at another address of this machine, where somebody else may have it already. */
    private TcpServer serveBesideABlackHole(String address) {
        while (true) {
            TcpServer server = serve((connection, data) -> connection.write(data), b -> b.bind("127.0.0.1", 0));
            try {
                closeLater(BlackHole.on(address, port(server)));
                return server;
            } catch (UncheckedIOException taken) {
                server.close();
            }
        }
    }

    // ---- several addresses ------------------------------------------------------------------------------------------

    @Test
    void aDeadFirstAddressCostsAtMost350Milliseconds() {
        TcpServer server = serveBesideABlackHole("127.0.0.2");
        TcpClient client = client(
                InetSocketAddress.createUnresolved("half-dead.test", port(server)),
                IGNORE,
                builder -> builder.resolver(host -> addresses("127.0.0.2", "127.0.0.1")));
        loop();
        long best = Long.MAX_VALUE;
        // One try in five, for the machine may have had something else to do.
        for (int i = 0; i < 5 && best > 350; i++) {
            long[] before = figures();
            long start = System.nanoTime();
            Connection connection = result(client.connect());
            best = Math.min(best, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            assertThat(best).as("ms: the first address has its time").isGreaterThanOrEqualTo(250);
            assertThat(connection.remoteAddress()).isEqualTo(server.localAddress());
            // Its own, the server's, and nothing of the address that did not answer.
            nothingWatched(this::figures, new long[] {before[0] + 2, Long.MAX_VALUE});
            connection.abort();
        }
        assertThat(best).as("ms").isLessThanOrEqualTo(350);
    }

    @Test
    void familiesTakeTurnsBeginningWithTheFirst() throws UnknownHostException {
        InetAddress[] found = addresses("::1", "::2", "::3", "1.1.1.1", "2.2.2.2");
        assertThat(ConnectAttempt.interleaved(found, 9).stream()
                        .map(address -> ((InetSocketAddress) address).getAddress()))
                .containsExactly(found[0], found[3], found[1], found[4], found[2]);
    }

    // ---- reconnecting -----------------------------------------------------------------------------------------------

    @Test
    void withReconnectAConnectionIsMadeAnewUntilThisSideClosesIt() throws Exception {
        InetSocketAddress address = nobody("127.0.0.1");
        Watch watch = watch(IGNORE);
        TcpClient client =
                client(address, watch, builder -> builder.reconnect(Duration.ofMillis(1), Duration.ofMillis(20)));
        CompletableFuture<Connection> connecting = client.connect();
        Await.until("failed attempts", () -> client.stats().failed().getOrDefault("refused", 0L) >= 3);
        assertThat(connecting).isNotDone();
        assertThat(errors()).isNotEmpty().allMatch(error -> error instanceof ConnectException);

        TcpServer server = serve((connection, data) -> connection.abort(), builder -> builder.bind(address));
        result(connecting).write(ByteBuffer.wrap(new byte[] {1}));
        Await.until("a second connection", () -> watch.opened().size() == 2);
        watch.opened().get(1).write(ByteBuffer.wrap(new byte[] {2}));
        Await.until("a third connection", () -> watch.opened().size() == 3);

        Connection last = watch.opened().get(2);
        last.close();
        watch.awaitClosed(3);
        Await.until("the session to end", () -> client.stats().connecting() == 0);
        assertThat(watch.reasons()).endsWith(CloseReason.LOCAL);
        Await.until("none to be counted as active", () -> client.stats().active() == 0);
        assertThat(server.stats().active()).isLessThanOrEqualTo(1);
    }

    @Test
    void closingTheClientEndsTheAttemptsToReconnect() throws IOException {
        TcpClient client = client(
                nobody("127.0.0.1"),
                IGNORE,
                builder -> builder.reconnect(Duration.ofMillis(1), Duration.ofSeconds(50)));
        CompletableFuture<Connection> connecting = client.connect();
        Await.until("a failed attempt", () -> !client.stats().failed().isEmpty());
        client.close();
        assertThat(failure(connecting)).isInstanceOf(IllegalStateException.class);
        assertThat(failure(client.connect())).hasMessageContaining("closed for good");
        assertThat(errors()).isNotEmpty();
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    @Test
    void aClientStartsALoopThatIsNewAndDrainsWithIt() {
        TcpServer server = closeLater(TcpServer.builder(
                        closeLater(EventLoop.builder().name("contract-other").build()))
                .bind("127.0.0.1", 0)
                .handler((connection, data) -> connection.write(data))
                .start());
        BlackHole hole = closeLater(BlackHole.on("127.0.0.1", 0));
        Watch watch = watch(IGNORE);
        TcpClient client = client(server.localAddress(), watch);
        TcpClient stuck = client(hole.address(), IGNORE);
        result(client.connect());
        result(client.connect());
        CompletableFuture<Connection> pending = stuck.connect();
        DrainReport report = Await.result("the drain", loop().shutdown(Duration.ofSeconds(20)));
        assertThat(report.drained()).isEqualTo(2);
        assertThat(report.cut()).isZero();
        assertThat(watch.reasons()).containsExactly(CloseReason.DRAINED, CloseReason.DRAINED);
        assertThat(failure(pending)).isInstanceOf(IllegalStateException.class);
        assertThat(failure(client.connect())).hasMessageContaining("not running");

        loop().start();
        assertThat(result(client.connect()).isOpen()).isTrue();
    }

    @Test
    void aDrainLeavesServersTheConnectionsByWhichTheyFindTheirAnswers() {
        Queue<Connection> asked = new ConcurrentLinkedQueue<>();
        TcpServer behind = closeLater(TcpServer.builder(
                        closeLater(EventLoop.builder().name("contract-other").build()))
                .bind("127.0.0.1", 0)
                .handler((connection, data) -> asked.add(connection))
                .start());
        CompletableFuture<String> answer = new CompletableFuture<>();
        TcpClient client = client(
                behind.localAddress(),
                (connection, data) ->
                        answer.complete(StandardCharsets.US_ASCII.decode(data).toString()));
        TcpServer server = serve((connection, data) -> {
            client.connect().thenAccept(outside -> outside.write(ByteBuffer.wrap(new byte[] {'?'})));
            connection.deliver(
                    answer, (text, error) -> connection.write(StandardCharsets.US_ASCII.encode(text + error)));
        });
        Peer peer = connect(server).send("x");
        Await.until("the question", () -> asked.size() == 1);
        CompletableFuture<DrainReport> drain =
                loop().shutdown(Duration.ofSeconds(30)).toCompletableFuture();
        Await.until("the drain to begin", () -> !server.isListening());
        // What is only about to be asked is answered, too.
        result(client.connect());
        asked.remove().write(StandardCharsets.US_ASCII.encode("found"));
        assertThat(peer.receiveText("foundnull".length())).isEqualTo("foundnull");
        peer.close();
        DrainReport report = Await.result("the drain", drain);
        assertThat(report.drained()).isEqualTo(3);
        assertThat(report.isClean()).isTrue();
    }

    @Test
    void aClientCanBeUsedAgainAfterItsShutdown() {
        TcpServer server = serve((connection, data) -> connection.write(data));
        TcpClient client = client(server.localAddress(), IGNORE);
        result(client.connect());
        assertThat(Await.result("the drain", client.shutdown(Duration.ofSeconds(20)))
                        .drained())
                .isEqualTo(1);
        assertThat(result(client.connect()).isOpen()).isTrue();
        assertThat(client.stats().closed()).containsOnlyKeys(CloseReason.DRAINED);
    }
}
