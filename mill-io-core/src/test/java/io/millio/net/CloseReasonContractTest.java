package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Every way to end a connection, and the reason it is given; each is reported once and harms no neighbour. */
class CloseReasonContractTest extends ConnectionContract {
    private static final int KIB = 1024;
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);
    private static final ConnectionHandler SILENT = (connection, data) -> {};
    private static final Duration POLL = Duration.ofMillis(5);

    private final ManualTicker ticker = new ManualTicker();

    private static UnaryOperator<TcpServer.Builder> framed(Framing framing) {
        return builder -> builder.framing(framing);
    }

    /** Serves one connection, lets the peer do something, and returns why it ended; the peer is left open. */
    private CloseReason reasonAfter(
            ConnectionHandler handler, UnaryOperator<TcpServer.Builder> more, Consumer<Peer> act) {
        Watch watch = watch(handler);
        Peer peer = connect(serve(watch, more));
        act.accept(peer);
        CloseReason reason = watch.awaitClosed(1).get(0);
        assertThat(watch.opened().get(0).closeReason()).isEqualTo(reason);
        assertThat(watch.opened().get(0).isOpen()).isFalse();
        return reason;
    }

    private CloseReason reasonAfter(ConnectionHandler handler, Consumer<Peer> act) {
        return reasonAfter(handler, builder -> builder, act);
    }

    // ---- the peer's doing -------------------------------------------------------------------------------------------

    @Test
    void thePeersFinIsPeer() {
        assertThat(reasonAfter(ECHO, peer -> peer.send("x").finish().receiveToEnd()))
                .isEqualTo(CloseReason.PEER);
        assertThat(reasonAfter(ECHO, Peer::close)).isEqualTo(CloseReason.PEER);
    }

    @Test
    void thePeersResetWhileReadingIsReset() {
        assertThat(reasonAfter(ECHO, Peer::reset)).isEqualTo(door.reasonOfReset());
        assertThat(reasonAfter(ECHO, peer -> {
                    peer.send("x").receive(1);
                    peer.reset();
                }))
                .isEqualTo(door.reasonOfReset());
    }

    /** The connection does not read, so the reset can only be found by writing. */
    @Test
    void thePeersResetWhileWritingIsReset() {
        Watch watch = watch(SILENT);
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        connection.pauseReading();
        peer.reset();
        Await.until("the reset to be found", () -> {
            connection.write(ByteBuffer.allocate(KIB));
            return !watch.closed().isEmpty();
        });
        assertThat(watch.reasons()).containsExactly(CloseReason.RESET);
        assertThat(connection.write(ByteBuffer.allocate(1))).isEqualTo(WriteResult.REJECTED);
    }

    /**
     * The system tells of a reset once. If a write is told, the next read finds nothing but an end, which must not pass for the peer's
     * FIN: the handler would take half a message for a whole one.
     */
    @Test
    void aResetThatAWriteIsToldOfIsNoEndOfTheInput() {
        AtomicInteger ends = new AtomicInteger();
        CountDownLatch free = new CountDownLatch(1);
        closeLater(free::countDown);
        Watch watch = watch(new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer data) throws Exception {
                connection.pauseReading();
                assertThat(free.await(30, TimeUnit.SECONDS)).isTrue();
                connection.write(data);
                connection.resumeReading();
            }

            @Override
            public void onInputClosed(Connection connection) {
                ends.incrementAndGet();
            }
        });
        TcpServer server = serve(watch);
        Peer peer = connect(server);
        peer.send("half a message");
        // A reactor that still reads may find the end of a Unix socket first, and be right.
        Await.until("the pause", () -> server.stats().readsPaused() == 1);
        peer.reset();
        free.countDown();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.RESET);
        assertThat(ends).hasValue(0);
    }

    /** The server has queued output and waits for room when the reset comes. */
    @Test
    void thePeersResetWithOutputQueuedIsReset() {
        Watch watch = watch(SILENT);
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        connection.write(ByteBuffer.allocate(20 << 20));
        assertThat(connection.pendingBytes()).isPositive();
        peer.reset();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.RESET);
    }

    @Test
    void aFrameThatIsTooLargeIsFrameTooLarge() {
        assertThat(reasonAfter(ECHO, framed(Framing.lines().maxFrame(10)), peer -> peer.send(
                                "0123456789\n01234567890\nafter\n")
                        .finish()))
                .isEqualTo(CloseReason.FRAME_TOO_LARGE);
        assertThat(reasonAfter(ECHO, framed(Framing.lengthPrefixed(4).maxFrame(1000)), peer -> peer.send(
                                (byte) 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff)
                        .finish()))
                .isEqualTo(CloseReason.FRAME_TOO_LARGE);
        assertThat(errors()).hasSize(2).allMatch(e -> e instanceof FramingException);
    }

    @Test
    void bytesThatAreNoFrameAreMalformed() {
        byte[] endless = new byte[10];
        Arrays.fill(endless, (byte) 0xff);
        assertThat(reasonAfter(ECHO, framed(Framing.varint()), peer -> peer.send(endless)
                        .finish()))
                .isEqualTo(CloseReason.MALFORMED_FRAME);
        assertThat(errors()).hasSize(1).allMatch(e -> e instanceof FramingException);
    }

    @Test
    void anEndInTheMidstOfAFrameIsInputTruncated() {
        assertThat(reasonAfter(ECHO, framed(Framing.lines()), peer -> {
                    peer.send("whole\nhalf").finish();
                    assertThat(peer.receiveToEnd()).isEqualTo("whole".getBytes());
                }))
                .isEqualTo(CloseReason.INPUT_TRUNCATED);
        assertThat(reasonAfter(ECHO, framed(Framing.lines().deliverPartialAtEnd(true)), peer -> {
                    peer.send("whole\nhalf").finish();
                    assertThat(peer.receiveToEnd()).isEqualTo("wholehalf".getBytes());
                }))
                .isEqualTo(CloseReason.PEER);
    }

    // ---- our own doing ----------------------------------------------------------------------------------------------

    @Test
    void closingAndAbortingAreLocal() {
        assertThat(reasonAfter((connection, data) -> connection.close(), peer -> {
                    assertThat(peer.send("x").end()).isEqualTo("FIN");
                    peer.close();
                }))
                .isEqualTo(CloseReason.LOCAL);
        assertThat(reasonAfter(
                        (connection, data) -> connection.abort(),
                        peer -> assertThat(peer.send("x").end()).isEqualTo(door.endByAbort())))
                .isEqualTo(CloseReason.LOCAL);
        Watch watch = watch(ECHO);
        connect(serve(watch));
        watch.first().abort();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
    }

    @Test
    void theStopOfTheLoopIsLocal() {
        assertThat(reasonAfter((connection, data) -> loop().stop(), peer -> peer.send("x")))
                .isEqualTo(CloseReason.LOCAL);
    }

    @Test
    void theFirstReasonStays() {
        assertThat(reasonAfter(
                        new ConnectionHandler() {
                            @Override
                            public void onData(Connection connection, ByteBuffer data) {
                                connection.close();
                                connection.abort();
                                throw new IllegalStateException("too late to matter");
                            }

                            @Override
                            public void onClose(Connection connection, CloseReason reason) {
                                connection.close();
                                connection.abort();
                            }
                        },
                        peer -> peer.send("x")))
                .isEqualTo(CloseReason.LOCAL);
        assertThat(errors()).hasSize(1);
    }

    @Test
    void aShutdownIsDrained() {
        Watch watch = watch(ECHO);
        TcpServer server = serve(watch);
        Peer peer = connect(server);
        peer.send("x").receive(1);
        server.shutdown(Duration.ofSeconds(30));
        assertThat(peer.end()).isEqualTo("FIN");
        peer.close();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.DRAINED);
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    private void manualTime() {
        loop(builder -> builder.ticker(ticker).pollTimeout(POLL).stallThreshold(Duration.ZERO));
    }

    /** Lets time pass in steps until there is a reason; returns how much has passed. */
    private Duration passUntilClosed(Watch watch, Duration step, Duration limit) {
        Duration passed = Duration.ZERO;
        while (watch.closed().isEmpty() && passed.compareTo(limit) < 0) {
            ticker.advance(step);
            passed = passed.plus(step);
            awaitTurns();
        }
        return passed;
    }

    @Test
    void silenceIsIdleAndNotBeforeItsTime() {
        manualTime();
        Watch watch = watch(new KeptOpen());
        Peer peer = connect(serve(watch, builder -> builder.idleTimeout(Duration.ofSeconds(60))));
        peer.send("x").receive(1);
        assertThat(passUntilClosed(watch, Duration.ofSeconds(59), Duration.ofSeconds(59)))
                .isEqualTo(Duration.ofSeconds(59));
        assertThat(watch.closed()).isEmpty();
        peer.finish();
        passUntilClosed(watch, Duration.ofSeconds(2), Duration.ofSeconds(62));
        assertThat(peer.end()).isEqualTo("FIN");
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.IDLE);
    }

    /** Echoes, and does not close when its peer has finished. */
    private static final class KeptOpen implements ConnectionHandler {
        final AtomicInteger inputClosed = new AtomicInteger();

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }

        @Override
        public void onInputClosed(Connection connection) {
            inputClosed.incrementAndGet();
        }
    }

    /** Half-closed by the peer and kept open by the handler, it is still idleness that ends it. */
    @Test
    void silenceOfAHalfClosedConnectionIsIdle() {
        manualTime();
        KeptOpen handler = new KeptOpen();
        Watch watch = watch(handler);
        Peer peer = connect(serve(watch, builder -> builder.idleTimeout(Duration.ofSeconds(60))));
        peer.finish();
        Await.until("the end of the input", () -> handler.inputClosed.get() == 1);
        ticker.advance(Duration.ofSeconds(61));
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.IDLE);
    }

    @Test
    void aPeerThatTakesNothingIsStalled() {
        manualTime();
        CountDownLatch written = new CountDownLatch(1);
        Watch watch = watch((connection, data) -> {
            connection.write(ByteBuffer.allocate(20 << 20));
            written.countDown();
        });
        Peer peer = connect(serve(watch, builder -> builder.stallTimeout(Duration.ofSeconds(10))));
        peer.send("x");
        Connection connection = watch.first();
        Await.open("the write", written);
        Await.until("output that stays", () -> connection.pendingBytes() > 0);
        Duration passed = passUntilClosed(watch, Duration.ofSeconds(1), Duration.ofSeconds(60));
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.STALLED);
        assertThat(passed).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(16));
        assertThat(peer.end()).isEqualTo(door.endByAbort());
    }

    /** Closing with output that nobody takes: the close must not wait for ever. */
    @Test
    void aClosingConnectionWhosePeerTakesNothingIsGivenUp() {
        manualTime();
        CountDownLatch closing = new CountDownLatch(1);
        Watch watch = watch((connection, data) -> {
            connection.write(ByteBuffer.allocate(20 << 20));
            connection.close();
            closing.countDown();
        });
        Peer peer = connect(serve(
                watch, builder -> builder.stallTimeout(Duration.ofSeconds(10)).idleTimeout(Duration.ofSeconds(3))));
        peer.send("x");
        Connection connection = watch.first();
        Await.open("the close", closing);
        Await.until("output that stays", () -> connection.pendingBytes() > 0);
        passUntilClosed(watch, Duration.ofSeconds(1), Duration.ofSeconds(60));
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
    }

    @Test
    void silenceFromTheStartIsFirstByteTimeout() {
        manualTime();
        Watch watch = watch(ECHO);
        Peer peer = connect(serve(watch, builder -> builder.firstByteTimeout(Duration.ofSeconds(5))));
        watch.first();
        ticker.advance(Duration.ofSeconds(6));
        assertThat(peer.end()).isEqualTo("FIN");
        peer.close();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.FIRST_BYTE_TIMEOUT);
    }

    /** With an answer that lies there to be written when the clock has leapt: that is no peer who takes nothing. */
    @Test
    void theGreatestAgeIsMaxAge() {
        manualTime();
        Watch watch = watch(ECHO);
        Peer peer = connect(
                serve(watch, builder -> builder.idleTimeout(Duration.ZERO).maxAge(Duration.ofHours(1), Duration.ZERO)));
        assertThat(peer.send("x").receiveText(1)).isEqualTo("x");
        peer.send("y");
        ticker.advance(Duration.ofMinutes(61));
        assertThat(peer.receiveToEnd()).isIn("y".getBytes(), new byte[0]);
        peer.close();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.MAX_AGE);
    }

    @Test
    void theReasonsOfAllConnectionsAreCounted() {
        Watch watch = watch(ECHO);
        TcpServer server = serve(watch);
        for (int i = 0; i < 5; i++) {
            connect(server).close();
        }
        watch.awaitClosed(5);
        for (int i = 0; i < 3; i++) {
            connect(server).reset();
        }
        List<CloseReason> reasons = watch.awaitClosed(8);
        assertThat(reasons.subList(0, 5)).containsOnly(CloseReason.PEER);
        assertThat(reasons.subList(5, 8)).containsOnly(door.reasonOfReset());
        Await.until("the count", () -> server.stats().active() == 0);
        assertThat(server.stats().closed())
                .isEqualTo(
                        door.reasonOfReset() == CloseReason.RESET
                                ? Map.of(CloseReason.PEER, 5L, CloseReason.RESET, 3L)
                                : Map.of(CloseReason.PEER, 8L));
    }
}
