package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A write takes all or nothing, never blocks, never mixes with another, and says when it is too much. */
class WriteContractTest extends ConnectionContract {
    private static final int KIB = 1024;
    private static final int HIGH = 64 * KIB;
    private static final int CAP = 256 * KIB;
    private static final ConnectionHandler SILENT = (connection, data) -> {};

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private TcpServer serveSmall(Watch watch) {
        return serve(watch, builder -> builder.writeBuffer(HIGH / 2, HIGH, CAP)
                .socket(SocketOptions.defaults().sendBuffer(16 * KIB)));
    }

    // ---- never mixed ------------------------------------------------------------------------------------------------

    /** Each message says who wrote it and how long it is; a single byte in the wrong place breaks the reading. */
    @Test
    void writesOfSeveralThreadsNeverInterleave() throws Exception {
        long seed = Seed.fresh();
        Watch watch = watch(SILENT);
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        int threads = 4;
        int messages = 300;
        List<Future<Void>> writers = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int writer = thread;
            writers.add(beside(() -> writeMessages(connection, writer, messages, new Random(seed + writer))));
        }
        int[] next = new int[threads];
        for (int i = 0; i < threads * messages; i++) {
            ByteBuffer head = ByteBuffer.wrap(peer.receive(12));
            int writer = head.getInt();
            assertThat(writer).as("writer of message %d, seed %d", i, seed).isBetween(0, threads - 1);
            assertThat(head.getInt())
                    .as("number of writer %d, seed %d", writer, seed)
                    .isEqualTo(next[writer]++);
            byte[] body = peer.receive(head.getInt());
            byte[] expected = new byte[body.length];
            Arrays.fill(expected, (byte) (writer * 16 + next[writer] - 1));
            assertThat(body).as("body of writer %d, seed %d", writer, seed).isEqualTo(expected);
        }
        for (Future<Void> writer : writers) {
            writer.get(30, TimeUnit.SECONDS);
        }
        Await.until("everything to be written", () -> connection.pendingBytes() == 0);
    }

    private static Void writeMessages(Connection connection, int writer, int count, Random random) throws Exception {
        for (int i = 0; i < count; i++) {
            int length = random.nextInt(random.nextInt(10) == 0 ? 100_000 : 2000);
            ByteBuffer message =
                    random.nextBoolean() ? ByteBuffer.allocateDirect(12 + length) : ByteBuffer.allocate(12 + length);
            message.putInt(writer).putInt(i).putInt(length);
            while (message.hasRemaining()) {
                message.put((byte) (writer * 16 + i));
            }
            message.flip();
            if (random.nextInt(4) == 0) {
                connection.execute(() -> connection.write(ByteBuffer.allocate(0)));
            }
            assertThat(connection.write(message)).isNotEqualTo(WriteResult.REJECTED);
            assertThat(message.hasRemaining()).isFalse();
            Await.until("room", connection::isWritable);
        }
        return null;
    }

    @Test
    void writesOfOneThreadKeepTheirOrderWhicheverWayTheyGo() throws Exception {
        Watch watch = watch((connection, data) -> {
            for (int i = 0; i < 2000; i++) {
                connection.write(ByteBuffer.allocate(4).putInt(0, i));
                if (i % 100 == 0) {
                    connection.write(ByteBuffer.allocateDirect(0));
                }
            }
        });
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        for (int i = 0; i < 2000; i++) {
            connection.write((i % 2 == 0 ? ByteBuffer.allocate(4) : ByteBuffer.allocateDirect(4)).putInt(0, i));
        }
        assertNumbers(peer, 2000);
        peer.send("go");
        assertNumbers(peer, 2000);
    }

    private static void assertNumbers(Peer peer, int count) {
        ByteBuffer numbers = ByteBuffer.wrap(peer.receive(4 * count));
        for (int i = 0; i < count; i++) {
            assertThat(numbers.getInt()).isEqualTo(i);
        }
    }

    // ---- what may be written ----------------------------------------------------------------------------------------

    @Test
    void everyKindOfBufferIsSentAsItIsAndUsedUp() {
        byte[] content = pattern(30_000);
        List<ByteBuffer> kinds = List.of(
                ByteBuffer.wrap(content),
                ByteBuffer.wrap(content).asReadOnlyBuffer(),
                ByteBuffer.allocateDirect(content.length).put(0, content),
                ByteBuffer.allocateDirect(content.length).put(0, content).asReadOnlyBuffer(),
                ByteBuffer.allocate(content.length + 7).put(5, content).slice(5, content.length),
                ByteBuffer.allocate(content.length + 7)
                        .put(5, content)
                        .position(5)
                        .limit(content.length + 5),
                ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN));
        for (int length : new int[] {1, 100, 8191, 8192, 30_000}) {
            Watch watch = watch(SILENT);
            Peer peer = connect(serve(watch));
            Connection connection = watch.first();
            for (ByteBuffer kind : kinds) {
                ByteBuffer data = kind.duplicate().order(kind.order());
                data.limit(data.position() + length);
                assertThat(connection.write(data)).isNotEqualTo(WriteResult.REJECTED);
                assertThat(data.remaining()).as("%s", kind).isZero();
                assertThat(data.order()).isEqualTo(kind.order());
                assertThat(peer.receive(length)).as("%s", kind).isEqualTo(Arrays.copyOf(content, length));
            }
        }
    }

    @Test
    void aBufferMayBeReusedAsSoonAsTheWriteReturns() {
        Watch watch = watch((connection, data) -> {
            ByteBuffer one = ByteBuffer.allocate(1000);
            for (int i = 0; i < 50; i++) {
                Arrays.fill(one.array(), (byte) i);
                connection.write(one.clear());
            }
            Arrays.fill(one.array(), (byte) -1);
        });
        Peer peer = connect(serve(watch));
        peer.send("go");
        for (int i = 0; i < 50; i++) {
            assertThat(peer.receive(1000)).containsOnly(i);
        }
    }

    @Test
    void anEmptyWriteIsAcceptedAndSendsNothing() {
        Watch watch = watch(SILENT);
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        for (int i = 0; i < 10; i++) {
            assertThat(connection.write(ByteBuffer.allocate(0))).isEqualTo(WriteResult.ACCEPTED);
            assertThat(connection.write(ByteBuffer.allocateDirect(0))).isEqualTo(WriteResult.ACCEPTED);
        }
        connection.write(bytes("end"));
        connection.close();
        assertThat(peer.receiveToEnd()).isEqualTo(bytes("end").array());
    }

    /** The next handler, of whatever connection, finds the byte order that every buffer has at first. */
    @Test
    void theByteOrderOfOneCallIsNotThatOfTheNext() {
        Queue<ByteOrder> found = new ConcurrentLinkedQueue<>();
        TcpServer server = serve((connection, data) -> {
            found.add(data.order());
            data.order(ByteOrder.LITTLE_ENDIAN);
            connection.write(data);
        });
        for (int i = 0; i < 3; i++) {
            Peer peer = connect(server);
            for (int k = 0; k < 3; k++) {
                assertThat(peer.send("12345678").receiveText(8)).isEqualTo("12345678");
            }
            peer.send(new byte[50_000]).receive(50_000);
        }
        assertThat(found).containsOnly(ByteOrder.BIG_ENDIAN);
    }

    // ---- when it may be written -------------------------------------------------------------------------------------

    @Test
    void everyCallbackMayWriteAndTheLastOneIsTold() {
        List<WriteResult> atTheEnd = new ArrayList<>();
        Watch watch = watch(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                connection.write(bytes("hello "));
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                connection.write(data);
            }

            @Override
            public void onInputClosed(Connection connection) {
                connection.write(bytes(" goodbye"));
                connection.close();
                atTheEnd.add(connection.write(bytes(" too late")));
            }

            @Override
            public void onClose(Connection connection, CloseReason reason) {
                atTheEnd.add(connection.write(bytes("much too late")));
            }
        });
        Peer peer = connect(serve(watch));
        assertThat(peer.receiveText(6)).isEqualTo("hello ");
        assertThat(peer.send("there").finish().receiveToEnd())
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("there goodbye");
        watch.awaitClosed(1);
        assertThat(atTheEnd).containsExactly(WriteResult.REJECTED, WriteResult.REJECTED);
    }

    @Test
    void whatOnOpenWritesBeforeItClosesArrivesWhole() {
        byte[] banner = pattern(200_000);
        TcpServer server = serve(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                connection.write(ByteBuffer.wrap(banner));
                connection.close();
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {}
        });
        for (int i = 0; i < 20; i++) {
            Peer peer = connect(server);
            assertThat(peer.receiveToEnd()).isEqualTo(banner);
            peer.close();
        }
    }

    @Test
    void nothingIsWrittenBehindAFin() {
        Watch watch = watch(SILENT);
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        connection.write(bytes("last"));
        connection.shutdownOutput();
        ByteBuffer more = bytes("more");
        assertThat(connection.write(more)).isEqualTo(WriteResult.REJECTED);
        assertThat(more.remaining()).isEqualTo(4);
        assertThat(connection.write(ByteBuffer.allocate(0))).isEqualTo(WriteResult.REJECTED);
        assertThat(peer.receiveToEnd()).isEqualTo(bytes("last").array());
        assertThat(connection.isOpen()).isTrue();
    }

    // ---- too much ---------------------------------------------------------------------------------------------------

    @Test
    void aCongestionIsReportedOnceAndEndsOnce() {
        AtomicInteger writable = new AtomicInteger();
        Watch watch = watch(new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer data) {}

            @Override
            public void onWritable(Connection connection) {
                assertThat(connection.pendingBytes()).isLessThanOrEqualTo(HIGH / 2);
                writable.incrementAndGet();
            }
        });
        Peer peer = closeLater(Peer.connect(serveSmall(watch).localAddress(), 16 * KIB));
        Connection connection = watch.first();
        byte[] chunk = pattern(KIB);
        for (int round = 1; round <= 5; round++) {
            int sent = 0;
            while (connection.write(ByteBuffer.wrap(chunk)) == WriteResult.ACCEPTED) {
                assertThat(connection.pendingBytes()).isLessThanOrEqualTo(HIGH);
                sent++;
            }
            // The socket may have found some more room since; that congestion begins above HIGH is shown by hand.
            assertThat(connection.pendingBytes()).isBetween(HIGH / 2 + 1L, (long) HIGH + KIB);
            assertThat(connection.isWritable()).isFalse();
            assertThat(connection.write(ByteBuffer.wrap(chunk))).isEqualTo(WriteResult.CONGESTED);
            assertThat(peer.receive((sent + 2) * KIB)).hasSize((sent + 2) * KIB);
            int expected = round;
            Await.until("onWritable", () -> writable.get() == expected);
            assertThat(connection.isWritable()).isTrue();
            Await.until("an empty queue", () -> connection.pendingBytes() == 0);
        }
    }

    @Test
    void aWriteBeyondTheCapIsRejectedUntouchedAndEndsTheConnection() {
        Watch watch = watch(SILENT);
        Peer peer = closeLater(Peer.connect(serveSmall(watch).localAddress(), 16 * KIB));
        Connection connection = watch.first();
        byte[] chunk = pattern(32 * KIB);
        ByteBuffer data = ByteBuffer.wrap(chunk).position(3);
        while (connection.write(data.position(3)) != WriteResult.REJECTED) {
            assertThat(connection.pendingBytes()).isLessThanOrEqualTo(CAP);
        }
        assertThat(data.position()).isEqualTo(3);
        assertThat(data.limit()).isEqualTo(chunk.length);
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.WRITE_OVERFLOW);
        assertThat(connection.write(data)).isEqualTo(WriteResult.REJECTED);
        assertThat(peer.end()).isEqualTo(door.endByAbort());
    }

    @Test
    void aWriteIntoAnEmptyQueueIsAcceptedHoweverLarge() {
        Watch watch = watch(SILENT);
        // Otherwise the system's buffer, or the window of a peer that has read much, may grow to more than is written.
        TcpServer server = serve(watch, builder -> builder.writeBuffer(HIGH / 2, HIGH, CAP)
                .socket(SocketOptions.defaults().sendBuffer(HIGH)));
        Peer peer = closeLater(Peer.connect(server.localAddress(), HIGH));
        Connection connection = watch.first();
        byte[] large = pattern(20 * CAP + 77);
        for (int i = 0; i < 3; i++) {
            Await.until("an empty queue", () -> connection.pendingBytes() == 0);
            ByteBuffer data = i % 2 == 0
                    ? ByteBuffer.wrap(large)
                    : ByteBuffer.allocateDirect(large.length).put(0, large);
            assertThat(connection.write(data)).isEqualTo(WriteResult.CONGESTED);
            assertThat(peer.receive(large.length)).isEqualTo(large);
        }
    }

    /** As a well-behaved sender of much does it: on to the watermark, and again when told. */
    @Test
    void aHandlerMaySendWithoutEndByOnWritable() {
        byte[] content = pattern(16 << 20);
        Watch watch = watch(new ConnectionHandler() {
            private int sent;

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                onWritable(connection);
            }

            @Override
            public void onWritable(Connection connection) {
                WriteResult result = WriteResult.ACCEPTED;
                while (sent < content.length && result == WriteResult.ACCEPTED) {
                    int part = Math.min(10_000, content.length - sent);
                    result = connection.write(ByteBuffer.wrap(content, sent, part));
                    assertThat(result).isNotEqualTo(WriteResult.REJECTED);
                    sent += part;
                }
                if (sent == content.length) {
                    connection.close();
                }
            }
        });
        Peer peer = connect(serve(watch));
        assertThat(peer.send("go").receiveToEnd()).isEqualTo(content);
    }
}
