package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.Dispatch;
import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whoever is slow, peer or handler, slows the other down in the end; what is kept meanwhile is bounded, and nothing is lost. */
class BackPressureContractTest extends ConnectionContract {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final int HIGH = 64 * KIB;
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    private void note(boolean right, String what) {
        if (!right) {
            wrong.add(what);
        }
    }

    // ---- a slow peer ------------------------------------------------------------------------------------------------

    /** 4 KiB for every 64 bytes: the handler pays no heed to what its writes answer, the peer reads nothing until all is sent. */
    @Test
    void aHandlerThatAnswersMuchForLittleIsHeldBackUntilThePeerReads() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch congested = new CountDownLatch(1);
        AtomicLong mostPending = new AtomicLong();
        AtomicLong mostMemory = new AtomicLong();
        TcpServer server = serve(
                (connection, data) -> {
                    note(connection.pendingBytes() <= HIGH, "delivered with " + connection.pendingBytes() + " pending");
                    for (; data.hasRemaining(); data.position(data.position() + 64)) {
                        if (connection.write(ByteBuffer.wrap(pattern(4 * KIB))) == WriteResult.CONGESTED) {
                            congested.countDown();
                        }
                    }
                    mostPending.accumulateAndGet(connection.pendingBytes(), Math::max);
                    mostMemory.accumulateAndGet(buffers(loop()).stats().bytesUsed(), Math::max);
                    calls.incrementAndGet();
                },
                builder -> builder.framing(Framing.fixed(64)));
        Peer peer = connect(server);
        int requests = 4096;
        Future<Peer> sender = beside(() -> peer.send(new byte[64 * requests]));
        // Not seen by what is pending or by a pause: a mailbox that is full pauses too, and the socket may still take
        // some.
        Await.open("congestion", congested);
        assertThat(calls.get()).isLessThan(requests);
        byte[] answer = pattern(4 * KIB);
        for (int i = 0; i < requests; i++) {
            assertThat(peer.receive(answer.length)).as("answer %d", i).isEqualTo(answer);
        }
        sender.get(30, TimeUnit.SECONDS);
        Await.until("the last call to end", () -> calls.get() == requests);
        assertThat(wrong).isEmpty();
        assertThat(mostPending.get()).as("bytes pending").isBetween(1L, HIGH + 4L * KIB);
        assertThat(mostMemory.get()).as("bytes of memory").isLessThan(MIB);
    }

    /** Without framing a piece of 16 KiB is one call, so this one writes a megabyte at a time. */
    @Test
    void aPieceOfTheStreamMayBringMoreThanTheWatermarkButNotMoreThanTheCap() throws Exception {
        TcpServer server = serve((connection, data) -> {
            note(connection.isWritable(), "delivered while congested");
            for (int i = data.remaining(); i > 0; i -= 64) {
                note(connection.write(ByteBuffer.allocate(4 * KIB)) != WriteResult.REJECTED, "rejected");
            }
        });
        Peer peer = connect(server);
        Future<Peer> sender = beside(() -> peer.send(new byte[256 * KIB]));
        Await.until("reading to stop", () -> server.stats().readsPaused() > 0);
        assertThat(server.stats().pendingBytes()).isLessThanOrEqualTo(4L * MIB);
        peer.receive(16 * MIB);
        sender.get(30, TimeUnit.SECONDS);
        assertThat(wrong).isEmpty();
    }

    // ---- a slow handler ---------------------------------------------------------------------------------------------

    @Test
    void theMailboxOfABlockedHandlerIsBoundedAndLosesNothing() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        closeLater(free::countDown);
        AtomicLong delivered = new AtomicLong();
        byte[] sent = pattern(8 * MIB);
        // In DIRECT mode only a server with workers of its own can have a handler that blocks.
        TcpServer server = serve(
                (connection, data) -> {
                    assertThat(free.await(30, TimeUnit.SECONDS)).isTrue();
                    note(data.get(data.position()) == sent[(int) delivered.get()], "at " + delivered);
                    delivered.addAndGet(data.remaining());
                },
                builder -> builder.dispatch(Dispatch.WORKERS));
        Peer peer = connect(server);
        Future<Peer> sender = beside(() -> peer.send(sent));
        Await.until("reading to stop", () -> server.stats().readsPaused() > 0);
        assertThat(server.stats().bytesIn())
                .as("bytes read for a handler that takes none")
                .isBetween(1L, 128L * KIB);
        assertThat(buffers(loop()).stats().bytesUsed()).as("memory").isLessThanOrEqualTo(512 * KIB);
        assertThat(sender.isDone()).as("the peer has sent 8 MiB").isFalse();
        free.countDown();
        sender.get(30, TimeUnit.SECONDS);
        Await.until(() -> "8 MiB, there are " + delivered, () -> delivered.get() == 8 * MIB);
        assertThat(wrong).isEmpty();
    }

    // ---- pause and resume -------------------------------------------------------------------------------------------

    /** The handler pauses itself with each message, somebody else lets it go on. */
    @Test
    void nothingIsDeliveredBetweenPauseAndResume() throws Exception {
        AtomicInteger received = new AtomicInteger();
        AtomicInteger paused = new AtomicInteger();
        Watch watch = watch((connection, line) -> {
            note(paused.getAndIncrement() == 0, "delivered while paused");
            connection.pauseReading();
            connection.writeFrame(line);
            received.incrementAndGet();
        });
        TcpServer server = serve(watch, builder -> builder.framing(Framing.lines()));
        Peer peer = connect(server);
        Connection connection = watch.first();
        int count = 500;
        Future<Peer> sender =
                beside(() -> peer.send("0123456789\n".repeat(count)).finish());
        for (int i = 1; i <= count; i++) {
            int expected = i;
            Await.until("message " + i, () -> received.get() == expected);
            paused.set(0);
            connection.resumeReading();
        }
        assertThat(peer.receiveToEnd()).hasSize(11 * count);
        sender.get(30, TimeUnit.SECONDS);
        assertThat(wrong).isEmpty();
        assertThat(received.get()).isEqualTo(count);
    }

    @Test
    void aPausedConnectionStillWritesAndCloses() {
        Watch watch = watch(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                connection.pauseReading();
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                wrong.add("delivered");
            }
        });
        TcpServer server = serve(watch);
        Peer peer = connect(server);
        Connection connection = watch.first();
        peer.send(new byte[1000]);
        connection.write(ByteBuffer.wrap(pattern(100)));
        assertThat(peer.receive(100)).isEqualTo(pattern(100));
        connection.close();
        assertThat(peer.receiveToEnd()).isEmpty();
        peer.close();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
        assertThat(wrong).isEmpty();
    }

    /** Both at once from several threads, over and over: whatever comes last, the end is a resume and nothing is lost. */
    @Test
    void pausingAndResumingFromManyThreadsLosesNothing() throws Exception {
        Watch watch = watch(ECHO);
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        byte[] sent = pattern(2 * MIB);
        Future<Peer> sender = beside(() -> peer.send(sent).finish());
        List<Future<Void>> togglers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            togglers.add(beside(() -> {
                for (int k = 0; k < 2000; k++) {
                    connection.pauseReading();
                    connection.resumeReading();
                }
                return null;
            }));
        }
        assertThat(peer.receiveToEnd()).isEqualTo(sent);
        sender.get(30, TimeUnit.SECONDS);
        for (Future<Void> toggler : togglers) {
            toggler.get(30, TimeUnit.SECONDS);
        }
    }

    // ---- little memory ----------------------------------------------------------------------------------------------

    /** All connections of a loop share its memory; with too little for all at once they have to wait for each other. */
    @Test
    void withLittleMemoryManyConnectionsAreSlowButLoseNothing() throws Exception {
        loop(builder -> builder.bufferMemory(MIB));
        TcpServer server = serve(ECHO);
        byte[] sent = pattern(256 * KIB);
        List<Future<byte[]>> clients = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            Peer peer = connect(server);
            clients.add(beside(() -> {
                Future<Peer> sender = beside(() -> peer.send(sent).finish());
                byte[] answer = peer.receiveToEnd();
                sender.get(30, TimeUnit.SECONDS);
                return answer;
            }));
        }
        for (Future<byte[]> client : clients) {
            assertThat(client.get(60, TimeUnit.SECONDS)).isEqualTo(sent);
        }
        assertThat(buffers(loop()).stats().maxBytes()).isEqualTo(MIB);
    }

    /** The same with frames, of which many are unfinished at a time. */
    @Test
    void withLittleMemoryManyUnfinishedFramesAreAllCompleted() throws Exception {
        loop(builder -> builder.bufferMemory(MIB));
        TcpServer server = serve(
                (connection, frame) -> connection.write(ByteBuffer.allocate(4).putInt(0, frame.remaining())),
                builder -> builder.framing(Framing.lengthPrefixed(4).maxFrame(64 * KIB)));
        List<Future<Void>> clients = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            Peer peer = connect(server);
            clients.add(beside(() -> {
                for (int k = 0; k < 20; k++) {
                    byte[] frame =
                            ByteBuffer.allocate(4 + 12_000).putInt(0, 12_000).array();
                    peer.send(frame);
                    assertThat(ByteBuffer.wrap(peer.receive(4)).getInt()).isEqualTo(12_000);
                }
                return null;
            }));
        }
        for (Future<Void> client : clients) {
            client.get(60, TimeUnit.SECONDS);
        }
    }

    /** The hardest: nobody reads before everything is sent, so that the server has to hold back on both sides. */
    @Test
    void withLittleMemoryPeersThatDoNotReadGetEverythingLater() throws Exception {
        loop(builder -> builder.bufferMemory(MIB));
        TcpServer server =
                serve(ECHO, builder -> builder.socket(SocketOptions.defaults().sendBuffer(8 * KIB)));
        byte[] sent = pattern(512 * KIB);
        List<Peer> peers = new ArrayList<>();
        List<Future<Peer>> senders = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            Peer peer = closeLater(Peer.connect(server.localAddress(), 16 * KIB));
            peers.add(peer);
            senders.add(beside(() -> peer.send(sent).finish()));
        }
        Await.until(
                () -> "most to be stopped: " + server.stats(),
                () -> server.stats().readsPaused() >= peers.size() / 2);
        List<Future<byte[]>> readers = new ArrayList<>();
        for (Peer peer : peers) {
            readers.add(beside(peer::receiveToEnd));
        }
        for (Future<byte[]> reader : readers) {
            assertThat(reader.get(60, TimeUnit.SECONDS)).isEqualTo(sent);
        }
        for (Future<Peer> sender : senders) {
            sender.get(30, TimeUnit.SECONDS);
        }
    }
}
