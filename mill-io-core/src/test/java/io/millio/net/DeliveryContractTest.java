package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a peer sends is what the handler gets: complete, in order, one callback at a time, however it was cut. */
class DeliveryContractTest extends ConnectionContract {
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);
    private static final int CLIENTS_IN_TURN = Integer.getInteger("millio.clients", 1000);

    @Test
    void aMegabyteInOneBurstComesBackWhole() throws Exception {
        Peer peer = connect(serve(ECHO));
        byte[] sent = pattern(1 << 20);
        Future<Peer> writer = beside(() -> peer.send(sent));
        assertThat(peer.receive(sent.length)).isEqualTo(sent);
        writer.get(30, TimeUnit.SECONDS);
    }

    @Test
    void bytesSentOneByOneArriveInOrder() {
        Peer peer = connect(serve(ECHO));
        byte[] sent = pattern(3000);
        for (byte one : sent) {
            peer.send(one);
        }
        assertThat(peer.receive(sent.length)).isEqualTo(sent);
    }

    @Test
    void twoHundredConnectionsAtOnceAreAllAnswered() {
        TcpServer server = serve(ECHO);
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            peers.add(connect(server));
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < peers.size(); i++) {
                peers.get(i).send("%04d:%04d".formatted(round, i));
            }
            for (int i = 0; i < peers.size(); i++) {
                assertThat(peers.get(i).receiveText(9)).isEqualTo("%04d:%04d", round, i);
            }
        }
        assertThat(server.stats().active()).isEqualTo(200);
    }

    @Test
    void aThousandHalfClosingClientsGetTheirWholeAnswer() {
        Watch watch = watch(ECHO);
        TcpServer server = serve(watch);
        byte[] all = pattern(20_000);
        for (int i = 0; i < 1000; i++) {
            byte[] sent = Arrays.copyOf(all, 1 + i * 7919 % all.length);
            try (Peer peer = Peer.connect(server.localAddress())) {
                byte[] answer = peer.send(sent).finish().receiveToEnd();
                assertThat(answer).as("client %d", i).isEqualTo(sent);
            }
        }
        assertThat(watch.awaitClosed(1000)).hasSize(1000).containsOnly(CloseReason.PEER);
    }

    @Test
    void clientsThatWriteRightAfterConnectingAreAllAnswered() {
        Watch watch = watch(ECHO);
        TcpServer server = serve(watch);
        byte[] sent = pattern(16);
        for (int i = 0; i < CLIENTS_IN_TURN; i++) {
            try (Peer peer = Peer.connect(server.localAddress())) {
                assertThat(peer.send(sent).receive(16)).as("client %d", i).isEqualTo(sent);
            }
        }
        assertThat(watch.awaitClosed(CLIENTS_IN_TURN)).containsOnly(CloseReason.PEER);
        assertThat(server.stats().accepted()).isEqualTo(CLIENTS_IN_TURN);
    }

    /** Closing while input lies unread would make the kernel reset the connection and drop what the peer has not fetched yet. */
    @Test
    void anAnswerFollowedByCloseIsNotCutThoughThePeerStillSends() throws Exception {
        byte[] answer = pattern(32 * 1024);
        // A linger beyond any stall of the machine: when it is over, the peer that still sends is reset.
        TcpServer server = serve(
                (connection, data) -> {
                    connection.write(ByteBuffer.wrap(answer));
                    connection.close();
                },
                builder -> builder.socket(SocketOptions.defaults().linger(Duration.ofSeconds(30))));
        byte[] chunk = new byte[10_000];
        for (int i = 0; i < 20; i++) {
            Peer peer = connectNarrow(server);
            peer.send(chunk);
            Future<Long> sender = beside(() -> peer.sendWhileOpen(chunk, 3 << 20));
            assertThat(peer.receiveToEnd()).as("round %d", i).isEqualTo(answer);
            peer.close();
            sender.get(30, TimeUnit.SECONDS);
        }
    }

    /** Numbers in a row, cut anywhere, on many connections at once; {@link Watch} looks for overlaps. */
    @Test
    void callbacksOfOneConnectionNeitherOverlapNorReorder() throws Exception {
        long seed = Seed.fresh();
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        TcpServer server = serve((connection, data) -> {
            int next = connection.<Integer>attachment() == null ? 0 : connection.<Integer>attachment();
            for (; data.hasRemaining(); next++) {
                byte found = data.get();
                if (found != (byte) (next * 31)) {
                    wrong.add(connection + " got " + found + " as number " + next);
                }
            }
            connection.attach(next);
            connection.write(ByteBuffer.allocate(4).putInt(0, next));
        });
        List<Future<Void>> clients = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Peer peer = connect(server);
            Random random = new Random(seed + i);
            clients.add(beside(() -> sendNumbers(peer, random, 60_000)));
        }
        for (Future<Void> client : clients) {
            client.get(60, TimeUnit.SECONDS);
        }
        assertThat(wrong).as("seed %d", seed).isEmpty();
    }

    private static Void sendNumbers(Peer peer, Random random, int count) {
        int sent = 0;
        while (sent < count) {
            byte[] part = new byte[Math.min(count - sent, 1 + random.nextInt(random.nextBoolean() ? 16 : 3000))];
            for (int i = 0; i < part.length; i++) {
                part[i] = (byte) (sent++ * 31);
            }
            peer.send(part);
        }
        byte[] answers = peer.finish().receiveToEnd();
        assertThat(ByteBuffer.wrap(answers).getInt(answers.length - 4)).isEqualTo(count);
        return null;
    }

    /** {@link Watch} does the judging; here are the peers that make it hard: gone at once, by a FIN, a reset, or in between. */
    @Test
    void onOpenIsFirstAndOnCloseOnceAndLastWhateverThePeerDoes() {
        Watch watch = watch(ECHO);
        TcpServer server = serve(watch);
        for (int i = 0; i < 300; i++) {
            Peer peer = Peer.connect(server.localAddress());
            if (i % 3 != 0) {
                peer.send(pattern(100));
            }
            if (i % 2 == 0) {
                peer.reset();
            } else {
                peer.close();
            }
        }
        Await.until(
                () -> "all to be gone: " + server.stats(),
                () -> server.stats().active() == 0
                        && server.stats().accepted() + server.stats().acceptFailures() == 300
                        && watch.closed().size() == server.stats().accepted());
        assertThat(watch.reasons()).contains(CloseReason.PEER).isSubsetOf(CloseReason.PEER, CloseReason.RESET);
    }

    @Test
    void whatIsLeftInTheBufferIsDroppedAndTheNextDataFollows() {
        TcpServer server = serve((connection, data) -> connection.write(data.slice(data.position(), 1)));
        Peer peer = connect(server);
        for (int i = 0; i < 100; i++) {
            assertThat(peer.send((byte) i, (byte) -1).receive(1)).containsExactly((byte) i);
        }
    }

    /** One source at a time, but no source waits for another: a flood on one connection does not hold up its neighbour. */
    @Test
    void aFloodOnOneConnectionDoesNotStarveAnother() {
        TcpServer server = serve((connection, data) -> {
            if (data.get(data.position()) == '!') {
                connection.write(data);
            }
        });
        Peer flood = connect(server);
        Future<Long> sender = beside(() -> flood.sendWhileOpen(new byte[64 * 1024], Long.MAX_VALUE));
        Peer peer = connect(server);
        for (int i = 0; i < 50; i++) {
            assertThat(peer.send("!").receiveText(1)).isEqualTo("!");
        }
        assertThat(sender.isDone()).isFalse();
        flood.reset();
    }
}
