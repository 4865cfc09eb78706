package io.millio.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are sent whole and in order with other writes, by a worker, and their owner learns when they may be closed. */
class FileTransferContractTest extends ConnectionContract {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private byte[] content = {};
    private FileChannel file;

    @BeforeEach
    void writeTheFile() throws IOException {
        content = new byte[5 * MIB + 12_345];
        new Random(7).nextBytes(content);
        Path path = Files.write(directory.resolve("file"), content);
        file = closeLater(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    private static void await(CompletionStage<Void> stage) throws Exception {
        stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private byte[] slice(int from, int to) {
        return Arrays.copyOfRange(content, from, to);
    }

    private static byte[] join(byte[]... parts) {
        byte[] whole =
                new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }

    @Test
    void filesAndWritesArriveInTheOrderOfTheCalls() throws Exception {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        TcpServer server = serve((connection, data) -> {
            connection.write(UTF_8.encode("head"));
            CompletionStage<Void> first = connection.transferFrom(file, 0, content.length);
            connection.write(UTF_8.encode("between"));
            connection.transferFrom(file, 100, 200_000);
            connection.transferFrom(file, content.length - 1L, 1);
            connection.write(UTF_8.encode("tail"));
            connection.close();
            first.whenComplete((none, error) -> sent.complete(null));
        });
        Peer peer = connect(server).send("?");
        assertThat(peer.receiveToEnd())
                .isEqualTo(join(
                        "head".getBytes(UTF_8),
                        content,
                        "between".getBytes(UTF_8),
                        slice(100, 200_100),
                        slice(content.length - 1, content.length),
                        "tail".getBytes(UTF_8)));
        await(sent);
        assertThat(server.stats().bytesOut()).isEqualTo(content.length + 200_001L + 15);
        assertThat(file.position()).isZero();
    }

    /** Nothing else ever wakes this loop. */
    @Test
    void aFileBehindAWriteIsSentWithoutAnotherEvent() {
        loop(builder -> builder.pollTimeout(Duration.ZERO));
        TcpServer server = serve(
                (connection, data) -> {
                    connection.write(UTF_8.encode("head"));
                    connection.transferFrom(file, 0, 100);
                },
                builder -> builder.idleTimeout(Duration.ZERO).stallTimeout(Duration.ZERO));
        Peer peer = connect(server);
        for (int i = 0; i < 10; i++) {
            assertThat(peer.send("?").receive(104)).isEqualTo(join("head".getBytes(UTF_8), slice(0, 100)));
        }
    }

    @Test
    void aSlowReaderGetsItWholeAndOwesLittleMemory() throws Exception {
        Watch watch = watch((connection, data) -> {});
        Peer peer = connectNarrow(serve(watch));
        Connection connection = watch.first();
        CompletionStage<Void> sent = connection.transferFrom(file, 0, content.length);
        assertThat(connection.pendingBytes()).isLessThanOrEqualTo(64 * 1024);
        assertThat(connection.write(UTF_8.encode("!"))).isNotEqualTo(WriteResult.REJECTED);
        connection.close();
        assertThat(Arrays.equals(peer.receiveToEnd(), join(content, new byte[] {'!'})))
                .isTrue();
        peer.close();
        await(sent);
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
    }

    /** Threads that write meet the worker that sends. */
    @Test
    void writesOfOthersNeverFallIntoAFile() throws Exception {
        Watch watch = watch((connection, data) -> {});
        Peer peer = connect(serve(watch));
        Connection connection = watch.first();
        List<? extends Future<Boolean>> writers = IntStream.range(0, 3)
                .mapToObj(i -> beside(() -> {
                    for (int n = 0; n < 10; n++) {
                        if (i == 0) {
                            connection.transferFrom(file, 0, 100_000);
                        } else {
                            connection.write(ByteBuffer.wrap(new byte[] {(byte) 'a', (byte) 'b'}));
                        }
                    }
                    return true;
                }))
                .toList();
        for (Future<Boolean> writer : writers) {
            writer.get(30, TimeUnit.SECONDS);
        }
        connection.close();
        byte[] all = peer.receiveToEnd();
        assertThat(all).hasSize(10 * 100_000 + 40);
        byte[] pattern = slice(0, 100_000);
        int files = 0;
        for (int at = 0; at < all.length; ) {
            if (all[at] == 'a' && all[at + 1] == 'b' && !startsAt(all, at, pattern)) {
                at += 2;
            } else {
                assertThat(startsAt(all, at, pattern)).as("a file at " + at).isTrue();
                at += pattern.length;
                files++;
            }
        }
        assertThat(files).isEqualTo(10);
    }

    private static boolean startsAt(byte[] all, int at, byte[] pattern) {
        return at + pattern.length <= all.length
                && Arrays.equals(all, at, at + pattern.length, pattern, 0, pattern.length);
    }

    @Test
    void nothingOfAFileIsSentAtOnce() throws Exception {
        Watch watch = watch((connection, data) -> {});
        Peer peer = connect(serve(watch));
        await(watch.first().transferFrom(file, 17, 0));
        watch.first().close();
        assertThat(peer.receiveToEnd()).isEmpty();
    }

    @Test
    void aFileThatShrinksEndsTheConnectionWithItsReason() throws Exception {
        Watch watch = watch((connection, data) -> {});
        Peer peer = connect(serve(watch));
        CompletionStage<Void> sent = watch.first().transferFrom(file, content.length - 10L, 11);
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.IO_ERROR);
        assertThat(peer.end()).as("a cut file must not look whole").isEqualTo(door.endByAbort());
        assertThatThrownBy(() -> await(sent))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("1 bytes of the file unsent");
        assertThat(errors()).singleElement().satisfies(error -> assertThat(error)
                .isInstanceOf(EOFException.class)
                .hasMessageContaining("ends at " + content.length));
    }

    @Test
    void aFileThatIsClosedTooEarlyEndsTheConnectionWithItsReason() throws Exception {
        Watch watch = watch((connection, data) -> {});
        connect(serve(watch));
        file.close();
        CompletionStage<Void> sent = watch.first().transferFrom(file, 0, 11);
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.IO_ERROR);
        assertThatThrownBy(() -> await(sent)).isInstanceOf(ExecutionException.class);
        assertThat(errors()).hasSize(1);
    }

    @Test
    void theOwnerLearnsWhenThePeerIsGone() throws Exception {
        Watch watch = watch((connection, data) -> {});
        Peer peer = connectNarrow(serve(watch));
        CompletionStage<Void> sent = watch.first().transferFrom(file, 0, content.length);
        peer.receive(1000);
        peer.reset();
        assertThatThrownBy(() -> await(sent)).isInstanceOf(ExecutionException.class);
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.RESET);
        assertThatThrownBy(() -> await(watch.first().transferFrom(file, 0, 1))).isInstanceOf(ExecutionException.class);
        assertThat(file.isOpen()).isTrue();
    }

    @Test
    void aFileThatMayNotBeReadEndsTheConnectionWithItsReason() throws Exception {
        Watch watch = watch((connection, data) -> {});
        Peer peer = connect(serve(watch));
        FileChannel writeOnly = closeLater(FileChannel.open(directory.resolve("file"), StandardOpenOption.WRITE));
        CompletionStage<Void> sent = watch.first().transferFrom(writeOnly, 0, 11);
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.IO_ERROR);
        assertThat(peer.end()).as("a cut answer must not look whole").isEqualTo(door.endByAbort());
        assertThatThrownBy(() -> await(sent)).isInstanceOf(ExecutionException.class);
        assertThat(errors()).singleElement().satisfies(error -> assertThat(error)
                .hasCauseInstanceOf(NonReadableChannelException.class));
        Await.until("no buffer lent", () -> buffers(loop()).stats().used() == 0);
    }

    /** What is told of the end of one thing begins the next, as likely as not without a look at how it ended. */
    @Test
    void whoLearnsThatThePeerIsGoneMayWrite() throws Exception {
        Watch watch = watch((connection, data) -> {});
        Peer peer = connectNarrow(serve(watch));
        Connection connection = watch.first();
        connection.write(ByteBuffer.allocateDirect(3 * MIB));
        CompletionStage<Void> next = connection
                .transferFrom(file, 0, content.length)
                .whenComplete((none, error) -> connection.write(ByteBuffer.allocate(100)));
        peer.receive(1000);
        peer.reset();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.RESET);
        assertThatThrownBy(() -> await(next)).isInstanceOf(ExecutionException.class);
        Await.until("no buffer lent", () -> buffers(loop()).stats().used() == 0);
        assertThat(errors()).isEmpty();
    }

    @Test
    void theOwnerLearnsWhenTheLoopStops() throws Exception {
        Watch watch = watch((connection, data) -> {});
        connectNarrow(serve(watch));
        CompletionStage<Void> sent = watch.first().transferFrom(file, 0, content.length);
        loop().shutdown(Duration.ofMillis(50)).toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertThatThrownBy(() -> await(sent)).isInstanceOf(ExecutionException.class);
        Await.until("no buffer lent", () -> buffers(loop()).stats().used() == 0);
    }

    @Test
    void whatCannotBeInAFileIsRefused() {
        Watch watch = watch((connection, data) -> {});
        connect(serve(watch));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> watch.first().transferFrom(file, -1, 1))
                .withMessageContaining("position must be between 0 and");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> watch.first().transferFrom(file, 1, Long.MAX_VALUE))
                .withMessageContaining("count must be between 0 and");
    }
}
