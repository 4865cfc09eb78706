package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Many threads at the output of one connection at once, through a socket that is mostly full, and the end of the connection in the
 * midst of it. That every buffer comes back is asserted at the end of each test.
 */
class OutputContentionContractTest extends ConnectionContract {
    private static final int HEAD = 12;
    private static final ConnectionHandler SILENT = (connection, data) -> {};

    private TcpServer serveNarrow(Watch watch) {
        return serve(
                watch,
                builder -> builder.socket(
                        SocketOptions.defaults().sendBuffer(16_000).linger(Duration.ofSeconds(30))));
    }

    /** Writer, number, length, then as many bytes that say the same. */
    private static ByteBuffer message(int writer, int number, int length, boolean direct) {
        ByteBuffer message = direct ? ByteBuffer.allocateDirect(HEAD + length) : ByteBuffer.allocate(HEAD + length);
        message.putInt(writer).putInt(number).putInt(length);
        while (message.hasRemaining()) {
            message.put((byte) (writer * 31 + number));
        }
        return message.flip();
    }

    /** Checks that the stream is whole messages, those of each writer in their order; returns how many there are of each. */
    private static int[] parse(byte[] stream, int writers) {
        int[] counts = new int[writers];
        ByteBuffer in = ByteBuffer.wrap(stream);
        while (in.hasRemaining()) {
            int writer = in.getInt();
            assertThat(writer).as("writer at byte %d", in.position()).isBetween(0, writers - 1);
            int number = in.getInt();
            assertThat(number).as("number of writer %d", writer).isEqualTo(counts[writer]++);
            byte[] body = new byte[in.getInt()];
            in.get(body);
            byte[] expected = new byte[body.length];
            Arrays.fill(expected, (byte) (writer * 31 + number));
            assertThat(body).as("message %d of writer %d", number, writer).isEqualTo(expected);
        }
        return counts;
    }

    @Test
    void eightWritersThroughASlowPeerLoseAndMixNothing() throws Exception {
        long seed = Seed.fresh();
        int writers = 8;
        int messages = 400;
        Watch watch = watch(SILENT);
        Peer peer = closeLater(Peer.connect(serveNarrow(watch).localAddress(), 16_000));
        Connection connection = watch.first();
        List<Future<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            int writer = i;
            Random random = new Random(seed + i);
            tasks.add(beside(() -> {
                for (int k = 0; k < messages; k++) {
                    int length = random.nextInt(k % 50 == 0 ? 20_000 : 600);
                    assertThat(connection.write(message(writer, k, length, random.nextBoolean())))
                            .isNotEqualTo(WriteResult.REJECTED);
                    Await.until("room", connection::isWritable);
                }
                return null;
            }));
        }
        Future<byte[]> received = beside(peer::receiveToEnd);
        for (Future<Void> task : tasks) {
            task.get(60, TimeUnit.SECONDS);
        }
        connection.close();
        int[] counts = parse(received.get(60, TimeUnit.SECONDS), writers);
        assertThat(counts).as("messages, seed %d", seed).containsOnly(messages);
        assertThat(connection.pendingBytes()).isZero();
    }

    /** A graceful close sends whatever was accepted, and accepts nothing that it does not send. */
    @Test
    void aCloseInTheMidstOfWritesSendsExactlyWhatWasAccepted() throws Exception {
        for (int round = 0; round < 40; round++) {
            Watch watch = watch(SILENT);
            TcpServer server = serveNarrow(watch);
            Peer peer = connect(server);
            Connection connection = watch.first();
            Future<byte[]> received = beside(peer::receiveToEnd);
            List<Future<Integer>> tasks = writersUntilRejected(connection, 3);
            int enough = 1 + round * 10;
            Await.until("some traffic", () -> server.stats().messagesOut() > enough);
            connection.close();
            int[] counts = parse(received.get(60, TimeUnit.SECONDS), 3);
            for (int i = 0; i < 3; i++) {
                assertThat(tasks.get(i).get(30, TimeUnit.SECONDS))
                        .as("accepted of writer %d", i)
                        .isEqualTo(counts[i]);
            }
            peer.close();
            assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
            server.close();
        }
    }

    @Test
    void anAbortInTheMidstOfWritesLeaksNothing() throws Exception {
        for (int round = 0; round < 40; round++) {
            Watch watch = watch(SILENT);
            TcpServer server = serveNarrow(watch);
            Peer peer = connect(server);
            Connection connection = watch.first();
            List<Future<Integer>> tasks = writersUntilRejected(connection, 3);
            // So few that they come to less than the high watermark: whatever the transport takes, they are written.
            int enough = 1 + round * 4;
            Await.until("some traffic", () -> server.stats().messagesOut() > enough);
            if (round % 2 == 0) {
                connection.abort();
            } else {
                peer.reset();
            }
            for (Future<Integer> task : tasks) {
                task.get(30, TimeUnit.SECONDS);
            }
            assertThat(watch.awaitClosed(1)).containsExactly(round % 2 == 0 ? CloseReason.LOCAL : CloseReason.RESET);
            peer.close();
            server.close();
        }
        Await.until("all buffers", () -> buffers(loop()).stats().used() == 0);
    }

    /** Each writes until it is told that this is over; returns how many messages were accepted. */
    private List<Future<Integer>> writersUntilRejected(Connection connection, int writers) {
        List<Future<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            int writer = i;
            tasks.add(beside(() -> {
                int accepted = 0;
                while (true) {
                    WriteResult result =
                            connection.write(message(writer, accepted, accepted * 7 % 700, accepted % 2 == 0));
                    if (result == WriteResult.REJECTED) {
                        return accepted;
                    }
                    accepted++;
                    if (result == WriteResult.CONGESTED) {
                        Await.until("room or the end", () -> connection.isWritable() || !connection.isOpen());
                    }
                }
            }));
        }
        return tasks;
    }

    /** The reactor's own writes, gathered until the end of a batch, meet those of other threads. */
    @Test
    void writesOfTheHandlerAndOfOthersShareTheSocketInWholeMessages() throws Exception {
        Watch watch = watch(new ConnectionHandler() {
            private int number;

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                for (; data.hasRemaining(); data.get()) {
                    connection.write(message(0, number++, 100, false));
                }
            }
        });
        TcpServer server = serve(watch);
        Peer peer = connect(server);
        Connection connection = watch.first();
        AtomicBoolean over = new AtomicBoolean();
        Future<Integer> other = beside(() -> {
            int number = 0;
            while (!over.get()) {
                connection.write(message(1, number++, 50, number % 2 == 0));
                Await.until("room or the end", () -> connection.isWritable() || !connection.isOpen());
            }
            return number;
        });
        Future<byte[]> received = beside(peer::receiveToEnd);
        Await.until("the other writer", () -> server.stats().messagesOut() > 0);
        for (int i = 0; i < 300; i++) {
            peer.send(new byte[1 + i % 20]);
        }
        peer.finish();
        over.set(true);
        int[] counts = parse(received.get(60, TimeUnit.SECONDS), 2);
        assertThat(counts[0]).isEqualTo(300 / 20 * 210);
        assertThat(counts[1]).isBetween(1, other.get(30, TimeUnit.SECONDS));
    }
}
