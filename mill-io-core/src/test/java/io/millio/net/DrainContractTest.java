package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.DrainReport;
import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A shutdown answers what was received, ends what it has answered by a FIN, and reports what it did. */
class DrainContractTest extends ConnectionContract {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int CLIENTS = 50;

    private final AtomicLong handled = new AtomicLong();

    /** Echoes lines and counts them. */
    private final ConnectionHandler lines = (connection, line) -> {
        handled.incrementAndGet();
        connection.writeFrame(line);
    };

    /** All peers close in the end; until then one that the machine lets wait is not to be reset. */
    private TcpServer serveLines() {
        return serve(lines, builder -> builder.framing(Framing.lines())
                .socket(SocketOptions.defaults().linger(Duration.ofSeconds(30))));
    }

    // ---- under load -------------------------------------------------------------------------------------------------

    @Test
    void aServerUnderLoadAnswersEveryMessageItReceived() throws Exception {
        TcpServer server = serveLines();
        drainUnderLoad(server, () -> server.shutdown(LONG));
        assertThat(server.isListening()).isFalse();
    }

    @Test
    void aLoopUnderLoadAnswersEveryMessageItReceived() throws Exception {
        drainUnderLoad(serveLines(), () -> loop().shutdown(LONG));
    }

    private interface Shutdown {
        CompletionStage<DrainReport> begin();
    }

    private void drainUnderLoad(TcpServer server, Shutdown shutdown) throws Exception {
        AtomicLong answered = new AtomicLong();
        List<Future<String>> ends = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Peer peer = connect(server);
            ends.add(beside(() -> talk(peer, answered)));
        }
        Await.until("traffic", () -> handled.get() > 10 * CLIENTS);
        DrainReport report = Await.result("the drain", shutdown.begin());
        for (Future<String> end : ends) {
            assertThat(end.get(30, TimeUnit.SECONDS)).isEqualTo("FIN");
        }
        assertThat(answered.get()).as("answers that arrived").isEqualTo(handled.get());
        assertThat(report).isEqualTo(new DrainReport(report.duration(), CLIENTS, 0, List.of()));
        assertThat(server.stats().closed()).containsOnlyKeys(CloseReason.DRAINED);
    }

    /** Sends bursts of lines and reads the answers, until the server says goodbye. */
    private static String talk(Peer peer, AtomicLong answered) {
        byte[] burst = "the same line again\n".repeat(10).getBytes(StandardCharsets.US_ASCII);
        while (true) {
            peer.sendWhileOpen(burst, burst.length);
            int lines = peer.receiveLines(10);
            answered.addAndGet(lines);
            if (lines < 10) {
                String end = peer.end();
                peer.close();
                return end;
            }
        }
    }

    // ---- work -------------------------------------------------------------------------------------------------------

    /** A handler that leaves the answer to somebody else. */
    private static final class Later implements ConnectionHandler {
        final CompletableFuture<Connection> asked = new CompletableFuture<>();
        volatile Work work = () -> {};

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            work = connection.beginWork();
            asked.complete(connection);
        }
    }

    @Test
    void openWorkHoldsADrainUntilItIsEndedByWhicheverThread() throws Exception {
        Later later = new Later();
        TcpServer server = serve(later);
        Peer slow = connect(server);
        slow.send("question");
        Connection connection = Await.result("the question", later.asked);
        Peer other = connect(server);
        CompletableFuture<DrainReport> drain = server.shutdown(LONG).toCompletableFuture();
        assertThat(other.end()).isEqualTo("FIN");
        other.close();
        assertThat(drain).isNotDone();
        assertThat(connection.write(ByteBuffer.wrap("ans".getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo(WriteResult.ACCEPTED);
        assertThat(slow.receiveText(3)).isEqualTo("ans");
        assertThat(drain).isNotDone();
        assertThat(connection.write(ByteBuffer.wrap("wer".getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo(WriteResult.ACCEPTED);
        later.work.close();
        assertThat(slow.receiveToEnd()).asString(StandardCharsets.US_ASCII).isEqualTo("wer");
        slow.close();
        assertThat(Await.result("the drain", drain).isClean()).isTrue();
        assertThat(connection.write(ByteBuffer.allocate(1))).isEqualTo(WriteResult.REJECTED);
    }

    @Test
    void openWorkHoldsACloseToo() {
        Later later = new Later();
        Peer peer = connect(serve(later));
        peer.send("question");
        Connection connection = Await.result("the question", later.asked);
        connection.close();
        assertThat(connection.write(ByteBuffer.wrap(new byte[] {1, 2, 3}))).isEqualTo(WriteResult.ACCEPTED);
        later.work.close();
        later.work.close();
        assertThat(peer.receiveToEnd()).containsExactly(1, 2, 3);
    }

    // ---- the deadline -----------------------------------------------------------------------------------------------

    @Test
    void whatIsNotDoneAtTheDeadlineIsCutAndCounted() {
        Later later = new Later();
        Watch watch = watch(later);
        TcpServer server = serve(watch);
        Peer held = connect(server);
        held.send("question");
        Await.result("the question", later.asked);
        Peer quick = connect(server);
        quick.send("?");
        Await.until("the second one", () -> watch.opened().size() == 2);
        Connection second = watch.opened().get(1);
        CompletionStage<DrainReport> drain = server.shutdown(Duration.ofMillis(300));
        if (later.asked.join() != second) {
            assertThat(held.end()).isEqualTo(door.endByAbort());
        }
        DrainReport report = Await.result("the drain", drain);
        assertThat(report.cut() + report.drained()).isEqualTo(2);
        assertThat(report.cut()).isPositive();
        assertThat(report.isClean()).isFalse();
        assertThat(watch.reasons()).contains(CloseReason.DRAIN_TIMEOUT);
    }

    @Test
    void aLoopCutsAtTheDeadlineAndSaysSo() {
        Later later = new Later();
        Watch watch = watch(later);
        TcpServer server = serve(watch);
        Peer held = connect(server);
        held.send("question");
        Await.result("the question", later.asked);
        DrainReport report = Await.result("the drain", loop().shutdown(Duration.ofMillis(100)));
        assertThat(report.cut()).isEqualTo(1);
        assertThat(report.drained()).isZero();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.DRAIN_TIMEOUT);
        assertThat(held.end()).isEqualTo(door.endByAbort());
    }

    // ---- clients who come late --------------------------------------------------------------------------------------

    /** They are connected as far as they know; closing the listener before they are accepted would reset them. */
    @Test
    void clientsInTheKernelsQueueAreServedByADrain() throws Exception {
        TcpServer server = serveLines();
        CountDownLatch free = blockAcceptor();
        List<Peer> waiting = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiting.add(connect(server).send("late " + i + "\n"));
        }
        CompletionStage<DrainReport> drain = server.shutdown(LONG);
        free.countDown();
        for (int i = 0; i < 10; i++) {
            assertThat(waiting.get(i).receiveToEnd())
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("late " + i + "\n");
            waiting.get(i).close();
        }
        assertThat(Await.result("the drain", drain).drained()).isEqualTo(10);
    }

    /** Keeps the first reactor busy; returns when it is. */
    private CountDownLatch blockAcceptor() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        closeLater(free::countDown);
        loop().execute(() -> {
            blocked.countDown();
            await(free);
        });
        assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
        return free;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The reactor for which they were accepted has ended already; they must not be left between two lives. */
    @Test
    void clientsAcceptedForAReactorThatHasStoppedAreClosed() throws Exception {
        TcpServer server = serveLines();
        connect(server).send("one\n").receive(4);
        CountDownLatch free = blockAcceptor();
        List<Peer> late = List.of(connect(server), connect(server), connect(server));
        server.shutdown(LONG);
        loop().stop();
        if (mode.reactors > 1) {
            Await.until("the second reactor to stop", () -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("contract-reactor-1")));
        }
        free.countDown();
        for (Peer peer : late) {
            assertThat(peer.end()).isIn("FIN", "RESET");
        }
        Await.until(
                () -> "no connections: " + server.stats(), () -> server.stats().active() == 0);
    }

    @Test
    void theReportCountsTheConnectionsOfThisDrainAlone() {
        TcpServer server = serveLines();
        for (int i = 0; i < 3; i++) {
            Peer early = connect(server);
            early.send("x\n").receive(2);
            early.close();
        }
        Await.until("the early ones to be gone", () -> server.stats().active() == 0);
        Peer last = connect(server);
        last.send("x\n").receive(2);
        CompletionStage<DrainReport> first = server.shutdown(LONG);
        last.receiveToEnd();
        last.close();
        assertThat(Await.result("the drain", first).drained()).isEqualTo(1);
        assertThat(Await.result("the second", server.shutdown(LONG)).drained()).isZero();
        assertThat(Await.result("the loop", loop().shutdown(LONG)).drained()).isZero();
    }
}
