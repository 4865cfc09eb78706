package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.Stall;
import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is let in, how long one may stay, and what is noticed. Time-outs run on a clock that the tests set, so the loop is stopped rather than drained. */
class LimitsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ManualTicker ticker = new ManualTicker();
    private final BlockingQueue<CloseReason> reasons = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new ArrayList<>();
    private EventLoop loop = loop(ticker);

    private static EventLoop loop(ManualTicker ticker) {
        return EventLoop.builder()
                .name("limits")
                .reactors(1)
                .pollTimeout(Duration.ofMillis(5))
                .stallThreshold(Duration.ZERO)
                .ticker(ticker)
                .build();
    }

    @AfterEach
    void closeAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        loop.close();
    }

    private TcpServer.Builder server() {
        return TcpServer.builder(loop).name("limited").bind("127.0.0.1", 0).handler(new Recording());
    }

    private class Recording implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            reasons.add(reason);
        }
    }

    private Socket connect(TcpServer server) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.connect((InetSocketAddress) server.localAddress(), (int) PATIENCE.toMillis());
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    private static void echo(Socket socket) throws IOException {
        socket.getOutputStream().write(42);
        assertThat(socket.getInputStream().read()).isEqualTo(42);
    }

    /** Polls what only the loop can change, with a deadline far beyond the need. */
    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as("waited in vain").isNegative();
            Thread.onSpinWait();
        }
    }

    private CloseReason reason() throws InterruptedException {
        CloseReason reason = reasons.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(reason).as("the connection was not closed").isNotNull();
        return reason;
    }

    // ---- who is let in ----------------------------------------------------------------------------------------------

    @Test
    void aboveTheGreatestNumberClientsWaitAndAreServedLater() throws Exception {
        TcpServer server = server().maxConnections(2).start();
        Socket first = connect(server);
        Socket second = connect(server);
        echo(first);
        echo(second);
        Socket third = connect(server);
        third.getOutputStream().write(42);
        assertThat(server.stats().active()).isEqualTo(2);
        assertThat(server.stats().accepted()).isEqualTo(2);
        first.close();
        assertThat(third.getInputStream().read()).isEqualTo(42);
        assertThat(server.stats().rejected()).isEmpty();
    }

    @Test
    void aboveTheGreatestNumberClientsAreResetIfTheServerIsToRefuse() throws Exception {
        TcpServer server =
                server().maxConnections(1).overLimit(OverLimit.REFUSE).start();
        echo(connect(server));
        assertRefused(server);
        until(() -> server.stats().rejected().getOrDefault("max-connections", 0L) == 1);
        assertThat(server.stats().active()).isEqualTo(1);
    }

    private void assertRefused(TcpServer server) {
        assertThatThrownBy(() -> {
                    // The reset may come before connect() has returned.
                    if (connect(server).getInputStream().read() < 0) {
                        throw new SocketException("closed");
                    }
                })
                .isInstanceOf(SocketException.class);
    }

    @Test
    void oneAddressCannotTakeAllPlacesAndGetsItsOwnBack() throws Exception {
        TcpServer server = server().maxConnectionsPerAddress(2).start();
        Socket first = connect(server);
        echo(first);
        echo(connect(server));
        assertRefused(server);
        Socket other = new Socket();
        sockets.add(other);
        other.bind(new InetSocketAddress("127.0.0.2", 0));
        other.connect((InetSocketAddress) server.localAddress());
        other.setSoTimeout((int) PATIENCE.toMillis());
        echo(other);
        first.close();
        until(() -> server.stats().active() == 2);
        echo(connect(server));
        assertThat(server.stats().rejected()).containsEntry("max-connections-per-address", 1L);
    }

    @Test
    void theAcceptRateMakesTheRestWait() throws Exception {
        TcpServer server = server().acceptRate(3).start();
        for (int i = 0; i < 3; i++) {
            echo(connect(server));
        }
        Socket fourth = connect(server);
        fourth.getOutputStream().write(42);
        assertThat(server.stats().accepted()).isEqualTo(3);
        ticker.advance(Duration.ofMillis(400));
        assertThat(fourth.getInputStream().read()).isEqualTo(42);
    }

    @Test
    void acceptingCanBePausedAndResumed() throws Exception {
        TcpServer server = server().start();
        echo(connect(server));
        server.pauseAccepting();
        CountDownLatch paused = new CountDownLatch(1);
        loop.execute(paused::countDown);
        assertThat(paused.await(20, TimeUnit.SECONDS)).isTrue();
        Socket waiting = connect(server);
        waiting.getOutputStream().write(42);
        assertThat(server.stats().accepted()).isEqualTo(1);
        server.resumeAccepting();
        assertThat(waiting.getInputStream().read()).isEqualTo(42);
    }

    @Test
    void anAddressIsForgottenWithItsLastConnection() {
        AddressLimit limit = new AddressLimit(1);
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", 1);
        assertThat(limit.enter(address)).isTrue();
        assertThat(limit.enter(new InetSocketAddress("127.0.0.1", 2))).isFalse();
        limit.leave(address);
        assertThat(limit.addresses()).isZero();
        assertThat(limit.enter(address)).isTrue();
    }

    @Test
    void oneIpv6NetworkCountsAsOneAddress() {
        AddressLimit limit = new AddressLimit(1);
        assertThat(limit.enter(new InetSocketAddress("2001:db8:0:1::1", 1))).isTrue();
        assertThat(limit.enter(new InetSocketAddress("2001:db8:0:1:ffff::2", 1)))
                .isFalse();
        assertThat(limit.enter(new InetSocketAddress("2001:db8:0:2::1", 1))).isTrue();
    }

    // ---- how long one may stay --------------------------------------------------------------------------------------

    @Test
    void anIdleConnectionIsClosedAndABusyOneIsNot() throws Exception {
        TcpServer server = server().idleTimeout(Duration.ofMinutes(1)).start();
        Socket busy = connect(server);
        Socket idle = connect(server);
        echo(idle);
        // A worker may note its write a moment after the answer has arrived, so one more step may be needed.
        for (int step = 0; step < 10 && server.stats().closed().isEmpty(); step++) {
            echo(busy);
            ticker.advance(Duration.ofSeconds(25));
            settle();
        }
        assertThat(idle.getInputStream().read()).isEqualTo(-1);
        idle.close();
        assertThat(reason()).isEqualTo(CloseReason.IDLE);
        echo(busy);
    }

    /** Lets the reactor see the clock, and the workers what the reactor has made of it. */
    private void settle() throws Exception {
        for (int i = 0; i < 2; i++) {
            CountDownLatch turned = new CountDownLatch(1);
            loop.schedule(Duration.ofNanos(1), () -> loop.submit(turned::countDown));
            ticker.advance(Duration.ofMillis(2));
            assertThat(turned.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aHandlerMayAnswerIdlenessWithAPing() throws Exception {
        AtomicInteger pings = new AtomicInteger();
        ConnectionHandler pinging = new Recording() {
            @Override
            public void onIdle(Connection connection) {
                pings.incrementAndGet();
                connection.write(ByteBuffer.wrap(new byte[] {7}));
            }
        };
        TcpServer server = server().handler(pinging)
                .readIdleTimeout(Duration.ofSeconds(10))
                .start();
        Socket socket = connect(server);
        echo(socket);
        for (int i = 1; i <= 3; i++) {
            ticker.advance(Duration.ofSeconds(11));
            assertThat(socket.getInputStream().read()).isEqualTo(7);
            assertThat(pings).hasValue(i);
        }
        echo(socket);
    }

    @ParameterizedTest
    @EnumSource(
            value = Dispatch.class,
            names = {"DIRECT", "WORKERS"})
    void aConnectionThatDoesNotReadIsIdleAllTheSame(Dispatch dispatch) throws Exception {
        CountDownLatch opened = new CountDownLatch(1);
        ConnectionHandler pausing = new Recording() {
            @Override
            public void onOpen(Connection connection) {
                connection.pauseReading();
                opened.countDown();
            }
        };
        TcpServer server = server().dispatch(dispatch)
                .handler(pausing)
                .idleTimeout(Duration.ofSeconds(10))
                .start();
        Socket socket = connect(server);
        assertThat(opened.await(20, TimeUnit.SECONDS)).isTrue();
        ticker.advance(Duration.ofSeconds(11));
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        socket.close();
        assertThat(reason()).isEqualTo(CloseReason.IDLE);
    }

    @Test
    void aPeerThatNeverSpeaksIsClosed() throws Exception {
        TcpServer server = server().firstByteTimeout(Duration.ofSeconds(5)).start();
        Socket silent = connect(server);
        Socket speaking = connect(server);
        echo(speaking);
        ticker.advance(Duration.ofSeconds(6));
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
        silent.close();
        assertThat(reason()).isEqualTo(CloseReason.FIRST_BYTE_TIMEOUT);
        echo(speaking);
    }

    @Test
    void anOldConnectionIsDrainedHoweverBusy() throws Exception {
        TcpServer server =
                server().maxAge(Duration.ofMinutes(10), Duration.ofMinutes(1)).start();
        Socket socket = connect(server);
        echo(socket);
        ticker.advance(Duration.ofMinutes(4));
        echo(socket);
        ticker.advance(Duration.ofMinutes(4));
        echo(socket);
        ticker.advance(Duration.ofMinutes(4));
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        socket.close();
        assertThat(reason()).isEqualTo(CloseReason.MAX_AGE);
    }

    @Test
    void aPeerThatTakesNothingIsCutOff() throws Exception {
        ConnectionHandler flooding = new Recording() {
            @Override
            public void onOpen(Connection connection) {
                connection.write(ByteBuffer.allocate(16 << 20));
            }
        };
        TcpServer server = server().handler(flooding)
                .stallTimeout(Duration.ofSeconds(10))
                .idleTimeout(Duration.ZERO)
                .start();
        connect(server);
        until(() -> server.stats().bytesOut() > 0 && server.stats().pendingBytes() > 0);
        for (int i = 0; i < 200 && reasons.isEmpty(); i++) {
            ticker.advance(Duration.ofSeconds(4));
            settle();
        }
        assertThat(reason()).isEqualTo(CloseReason.STALLED);
    }

    // ---- what the socket is set to ----------------------------------------------------------------------------------

    @Test
    void socketOptionsAreSetAndReadBack() throws Exception {
        SocketOptions options = SocketOptions.defaults()
                .noDelay(false)
                .keepAlive(true)
                .keepIdle(Duration.ofSeconds(77))
                .keepInterval(Duration.ofSeconds(11))
                .keepCount(5)
                .sendBuffer(64 * 1024)
                .receiveBuffer(32 * 1024)
                .reusePort(true);
        try (java.nio.channels.SocketChannel stream = java.nio.channels.SocketChannel.open();
                java.nio.channels.ServerSocketChannel listener = java.nio.channels.ServerSocketChannel.open()) {
            for (var option : options.forStream().entrySet()) {
                apply(stream, option.getKey(), option.getValue());
                if (option.getKey() == StandardSocketOptions.SO_SNDBUF
                        || option.getKey() == StandardSocketOptions.SO_RCVBUF) {
                    assertThat((int) stream.getOption(option.getKey())).isGreaterThanOrEqualTo((int) option.getValue());
                } else {
                    assertThat((Object) stream.getOption(option.getKey()))
                            .as(option.getKey().name())
                            .isEqualTo(option.getValue());
                }
            }
            assertThat(options.forStream().keySet().stream().map(java.net.SocketOption::name))
                    .contains("TCP_NODELAY", "SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTERVAL", "TCP_KEEPCOUNT");
            for (var option : options.forListener().entrySet()) {
                apply(listener, option.getKey(), option.getValue());
            }
            assertThat(listener.getOption(StandardSocketOptions.SO_REUSEPORT)).isTrue();
            assertThat(listener.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
        }
        TcpServer server = server().socket(options).start();
        echo(connect(server));
    }

    @SuppressWarnings("unchecked")
    private static <T> void apply(
            java.nio.channels.NetworkChannel channel, java.net.SocketOption<T> option, Object value)
            throws IOException {
        channel.setOption(option, (T) value);
    }

    @Test
    void valuesOutOfRangeNameTheRange() {
        assertThatThrownBy(() -> SocketOptions.defaults().keepCount(0)).hasMessageContaining("keep-count");
        assertThatThrownBy(() -> SocketOptions.defaults().keepIdle(Duration.ZERO))
                .hasMessageContaining("keep-idle");
        assertThatThrownBy(() -> server().acceptRate(-1))
                .hasMessageContaining("accept rate")
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> server().maxConnections(0)).hasMessageContaining("max connections");
        assertThatThrownBy(() -> server().idleTimeout(Duration.ofSeconds(-1))).hasMessageContaining("idle timeout");
    }

    // ---- what is noticed --------------------------------------------------------------------------------------------

    @Test
    void aBlockedReactorIsReportedOnceWithItsStack() throws Exception {
        // Its clock moves only while the reactor is held, or a machine that is busy elsewhere would make it stall as
        // well.
        BlockingQueue<Stall> stalls = new LinkedBlockingQueue<>();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (EventLoop watched = EventLoop.builder()
                .name("watched")
                .reactors(1)
                .stallThreshold(Duration.ofMillis(50))
                .stallListener(stalls::add)
                .ticker(ticker)
                .build()) {
            watched.start();
            watched.execute(() -> hold(held, release));
            assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
            // In steps that the watchdog does not take for a time in which it did not run itself.
            Await.until("a stall", () -> {
                ticker.advance(Duration.ofNanos(100_000));
                return !stalls.isEmpty();
            });
            Stall stall = stalls.remove();
            assertThat(stall.stack().toString()).contains("hold");
            assertThat(stall.blocked()).isGreaterThanOrEqualTo(Duration.ofMillis(50));
            assertThat(stall.toString()).contains("reactor 0 of loop 'watched'");
            release.countDown();
            CountDownLatch goesOn = new CountDownLatch(1);
            watched.execute(goesOn::countDown);
            assertThat(goesOn.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(watched.stats().reactors().get(0).stalls()).isEqualTo(1);
            assertThat(stalls).isEmpty();
        }
    }

    private static void hold(CountDownLatch held, CountDownLatch release) {
        held.countDown();
        try {
            release.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- drain ------------------------------------------------------------------------------------------------------

    @Test
    void handlersHearOfAShutdownAndMayHoldIt() throws Exception {
        BlockingQueue<Work> begun = new LinkedBlockingQueue<>();
        BlockingQueue<Connection> connections = new LinkedBlockingQueue<>();
        ConnectionHandler polite = new Recording() {
            @Override
            public void onShutdown(Connection connection) {
                begun.add(connection.beginWork());
                connections.add(connection);
            }
        };
        TcpServer server = server().handler(polite).start();
        Socket socket = connect(server);
        echo(socket);
        var report = server.shutdown(Duration.ofMinutes(1)).toCompletableFuture();
        Work work = begun.poll(20, TimeUnit.SECONDS);
        assertThat(work).isNotNull();
        assertThat(report).isNotDone();
        assertThat(connections.take().write(ByteBuffer.wrap(new byte[] {9}))).isNotEqualTo(WriteResult.REJECTED);
        work.close();
        assertThat(socket.getInputStream().readAllBytes()).containsExactly(9);
        socket.close();
        assertThat(report.get(20, TimeUnit.SECONDS).drained()).isEqualTo(1);
        assertThat(reason()).isEqualTo(CloseReason.DRAINED);
    }

    @Test
    void atTheDeadlineWhatIsLeftIsCutAndCounted() throws Exception {
        ConnectionHandler holding = new Recording() {
            @Override
            public void onOpen(Connection connection) {
                connection.beginWork();
            }
        };
        TcpServer server = server().handler(holding).start();
        Socket socket = connect(server);
        echo(socket);
        var report = server.shutdown(Duration.ofSeconds(3)).toCompletableFuture();
        CountDownLatch turned = new CountDownLatch(1);
        loop.execute(turned::countDown);
        assertThat(turned.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(report).isNotDone();
        ticker.advance(Duration.ofSeconds(4));
        assertThat(report.get(20, TimeUnit.SECONDS).cut()).isEqualTo(1);
        assertThat(report.get().isClean()).isFalse();
        assertThat(reason()).isEqualTo(CloseReason.DRAIN_TIMEOUT);
    }
}
