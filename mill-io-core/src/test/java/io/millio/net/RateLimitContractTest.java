package io.millio.net;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Peer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Over its limit a connection waits and loses nothing. The clock is the test's and runs on only while it waits for something, so that
 * every delivery can be held against the burst, the rate and the time.
 */
class RateLimitContractTest extends ConnectionContract {
    private static final Duration STEP = Duration.ofMillis(5);
    private static final Duration HALF_SECOND = Duration.ofMillis(500);
    private static final int BURST = 5;
    private static final int COUNT = 20;

    private final ManualTicker ticker = new ManualTicker();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> delivered = new ConcurrentLinkedQueue<>();

    /** 10 messages per second, 5 at once. */
    private final RateLimit tenPerSecond = RateLimit.of(10, 0, HALF_SECOND, ticker);

    private final Watch numbers = watch((connection, data) -> {
        checkBound(delivered.size() + 1, BURST, 10, 0);
        delivered.add(data.getInt());
    });

    @BeforeEach
    void setClock() {
        EventLoop unused = loop(builder ->
                builder.ticker(ticker).pollTimeout(Duration.ofMillis(1)).stallThreshold(Duration.ZERO));
    }

    private void checkBound(long count, long burst, long perSecond, long more) {
        long bound = burst + perSecond * ticker.nanos() / 1_000_000_000 + more;
        if (count > bound) {
            wrong.add(count + " delivered where " + bound + " are allowed at " + ticker);
        }
    }

    private void advanceUntil(String what, Callable<Boolean> condition) {
        Await.until(() -> what + "; delivered are " + delivered + " at " + ticker, () -> {
            ticker.advance(STEP);
            return condition.call();
        });
    }

    private TcpServer serveNumbers() {
        return serve(numbers, builder -> builder.framing(Framing.fixed(4)).rateLimit(tenPerSecond));
    }

    private static byte[] numbers(int from, int to) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * (to - from));
        IntStream.range(from, to).forEach(bytes::putInt);
        return bytes.array();
    }

    private static List<Integer> list(int to) {
        return IntStream.range(0, to).boxed().toList();
    }

    /** A connection whose mailbox holds what is left of all numbers when the burst is used up. */
    private Peer connectAndUseUp(TcpServer server) {
        Peer peer = connect(server);
        peer.send(numbers(0, COUNT));
        Await.until(
                () -> "the burst, " + delivered,
                () -> delivered.size() == BURST && server.stats().readsPaused() > 0);
        assertThat(server.stats().bytesIn()).isEqualTo(4 * COUNT);
        return peer;
    }

    // ---- the bound --------------------------------------------------------------------------------------------------

    @Test
    void messagesComeCompleteInOrderAndNoFasterThanTheirLimit() {
        TcpServer server = serveNumbers();
        connectAndUseUp(server);
        advanceUntil("all numbers", () -> delivered.size() == COUNT);
        assertThat(delivered).containsExactlyElementsOf(list(COUNT));
        assertThat(wrong).isEmpty();
        assertThat(tenPerSecond.messageStats().allowed()).isBetween((long) BURST, COUNT - 1L);
        assertThat(tenPerSecond.messageStats().allowed()
                        + tenPerSecond.messageStats().delayed())
                .isEqualTo(COUNT);
    }

    @Test
    void bytesComeCompleteInOrderAndNoFasterThanTheirLimit() throws Exception {
        int rate = 20_000;
        int read = rate / 2;
        byte[] sent = pattern(3 * rate);
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        RateLimit limit = RateLimit.of(0, rate, HALF_SECOND, ticker);
        TcpServer server = serve(
                (connection, data) -> {
                    byte[] bytes = new byte[data.remaining()];
                    data.get(bytes);
                    checkBound(received.size() + bytes.length, rate / 2, rate, read);
                    received.writeBytes(bytes);
                },
                builder -> builder.rateLimit(limit));
        Peer peer = connect(server);
        beside(() -> peer.send(sent));
        advanceUntil("all bytes", () -> received.size() == sent.length);
        assertThat(received.toByteArray()).isEqualTo(sent);
        assertThat(wrong).isEmpty();
        assertThat(limit.byteStats().allowed() + limit.byteStats().delayed()).isEqualTo(sent.length);
    }

    /** Three connections of two servers, all of which always have something waiting. */
    @Test
    void thoseThatShareALimitKeepToItTogetherAndNoneStarves() {
        RateLimit shared = RateLimit.of(100, 0, Duration.ofMillis(50), ticker);
        AtomicLong total = new AtomicLong();
        List<AtomicLong> counts = List.of(new AtomicLong(), new AtomicLong(), new AtomicLong());
        ConnectionHandler counting = (connection, data) -> {
            checkBound(total.incrementAndGet(), BURST, 100, 0);
            counts.get(data.getInt()).incrementAndGet();
        };
        List<TcpServer> servers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            servers.add(
                    serve(counting, builder -> builder.framing(Framing.fixed(4)).sharedRateLimit(shared)));
        }
        int each = 300;
        for (int i = 0; i < 3; i++) {
            ByteBuffer many = ByteBuffer.allocate(4 * each);
            while (many.hasRemaining()) {
                many.putInt(i);
            }
            connect(servers.get(i % 2)).send(many.array());
        }
        Await.until(
                "something of each",
                () -> servers.stream()
                                .flatMap(server -> server.connections().members().stream())
                                .filter(connection -> connection.stats().bytesIn() > 0)
                                .count()
                        == 3);
        // No share of the total is asked for: a thread that the system lets wait has its turns later.
        advanceUntil("20 messages of each", () -> counts.stream().allMatch(count -> count.get() >= 20));
        assertThat(counts)
                .as("messages of each, when none of the others had none left")
                .allMatch(count -> count.get() < each);
        assertThat(wrong).isEmpty();
    }

    @Test
    void aQuietConnectionDoesNotWaitForOneThatIsOverItsOwnLimit() {
        ConnectionHandler echo = (connection, data) -> connection.write(data);
        TcpServer server =
                serve(echo, builder -> builder.framing(Framing.fixed(4)).rateLimit(tenPerSecond));
        Peer loud = connect(server);
        loud.send(numbers(0, COUNT)).receive(4 * BURST);
        Peer quiet = connect(server);
        for (int i = 0; i < BURST; i++) {
            quiet.send(numbers(i, i + 1)).receive(4);
        }
        assertThat(ticker.nanos()).isZero();
    }

    /** A connection without a limit has no place for one. */
    @Test
    void onlyALimitedConnectionKeepsAnAccount() {
        Watch plain = watch((connection, data) -> {});
        connect(serve(plain));
        assertThat(((StreamConnection) plain.first()).throttle()).isNull();
        connect(serveNumbers());
        assertThat(((StreamConnection) numbers.first()).throttle()).isNotNull();
    }

    // ---- together with other reasons to wait ------------------------------------------------------------------------

    @Test
    void theUsersPauseOutlastsTheLimitsAndTheOtherWayRound() {
        connectAndUseUp(serveNumbers());
        Connection connection = numbers.first();
        connection.pauseReading();
        ticker.advance(Duration.ofMillis(150));
        awaitTurns();
        awaitTurns();
        assertThat(delivered).as("while the user pauses").hasSize(BURST);
        connection.resumeReading();
        advanceUntil("another message", () -> delivered.size() > BURST);
        connection.pauseReading();
        connection.resumeReading();
        advanceUntil("all numbers", () -> delivered.size() == COUNT);
        assertThat(delivered).containsExactlyElementsOf(list(COUNT));
        assertThat(wrong).isEmpty();
    }

    @Test
    void whoWaitsForHisTurnIsNotIdle() {
        RateLimit slow = RateLimit.of(1, 0, Duration.ZERO, ticker);
        Watch watch = watch((connection, data) -> delivered.add(data.getInt()));
        TcpServer server = serve(watch, builder -> builder.framing(Framing.fixed(4))
                .rateLimit(slow)
                .idleTimeout(Duration.ofMillis(700))
                .readIdleTimeout(HALF_SECOND)
                .writeIdleTimeout(HALF_SECOND));
        connect(server).send(numbers(0, 4));
        Throttle throttle = requireNonNull(((StreamConnection) watch.first()).throttle());
        for (int i = 1; i < 4; i++) {
            int before = i;
            Await.until(() -> before + " of " + delivered, () -> delivered.size() == before && throttle.deliveryHeld);
            while (delivered.size() == before && watch.closed().isEmpty()) {
                ticker.advance(Duration.ofMillis(50));
                awaitTurns();
            }
            assertThat(watch.reasons()).as("closed after message %s", before).isEmpty();
        }
        assertThat(watch.reasons()).isEmpty();
        advanceUntil("the idle time-out", () -> !watch.closed().isEmpty());
        assertThat(watch.reasons()).containsExactly(CloseReason.IDLE);
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    @Test
    void aDrainDeliversWhatWasReceivedAtTheRateOfTheLimit() {
        TcpServer server = serveNumbers();
        connectAndUseUp(server);
        CompletableFuture<DrainReport> report =
                server.shutdown(Duration.ofHours(1)).toCompletableFuture();
        advanceUntil("the drain", report::isDone);
        assertThat(delivered).containsExactlyElementsOf(list(COUNT));
        assertThat(wrong).isEmpty();
        assertThat(report.join().cut()).isZero();
        assertThat(numbers.reasons()).containsExactly(CloseReason.DRAINED);
    }

    @Test
    void theDeadlineOfADrainCutsWhoStillWaits() {
        TcpServer server = serveNumbers();
        connectAndUseUp(server);
        CompletableFuture<DrainReport> report = server.shutdown(HALF_SECOND).toCompletableFuture();
        advanceUntil("the drain", report::isDone);
        assertThat(delivered.size()).isLessThan(COUNT);
        assertThat(report.join().cut()).isEqualTo(1);
        assertThat(numbers.reasons()).containsExactly(CloseReason.DRAIN_TIMEOUT);
    }

    @Test
    void whoWaitsForHisTurnCanBeClosed() {
        Peer peer = connectAndUseUp(serveNumbers());
        numbers.first().close();
        assertThat(peer.end()).isEqualTo("FIN");
        peer.close();
        assertThat(numbers.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
        assertThat(delivered).hasSize(BURST);
    }

    @Test
    void whoWaitsForHisTurnCanBeAborted() {
        Peer peer = connectAndUseUp(serveNumbers());
        numbers.first().abort();
        assertThat(numbers.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
        assertThat(peer.end()).isEqualTo(door.endByAbort());
        assertThat(delivered).hasSize(BURST);
    }

    @Test
    void whatWasReceivedBeforeAResetIsDelivered() {
        Peer peer = connectAndUseUp(serveNumbers());
        peer.reset();
        advanceUntil("the end", () -> !numbers.closed().isEmpty());
        assertThat(delivered).containsExactlyElementsOf(list(COUNT));
        assertThat(numbers.reasons()).containsExactly(door.reasonOfReset());
    }

    @Test
    void theEndOfTheInputComesBehindWhatWaitsForItsTurn() {
        Peer peer = connectAndUseUp(serveNumbers());
        peer.finish();
        advanceUntil("the end", () -> !numbers.closed().isEmpty());
        assertThat(delivered).containsExactlyElementsOf(list(COUNT));
        assertThat(wrong).isEmpty();
        assertThat(numbers.reasons()).containsExactly(CloseReason.PEER);
    }

    // ---- what is refused --------------------------------------------------------------------------------------------

    @Test
    void aLimitThatLimitsNothingOrCannotBeKeptIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.of(0, 0, HALF_SECOND))
                .withMessageContaining("limits nothing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.of(-1, 0, HALF_SECOND))
                .withMessageContaining("messages per second must be between 0 and 1000000000, but is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.of(0, 2_000_000_000, HALF_SECOND))
                .withMessageContaining("bytes per second");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.of(1, 1, Duration.ofMillis(-1)))
                .withMessageContaining("burst");
    }
}
