package io.millio.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is sent to many reaches each of them in order, is kept once, and a slow one harms nobody. */
class BroadcastContractTest extends ConnectionContract {
    private static final ConnectionHandler SILENT = (connection, data) -> {};

    private List<Peer> connectAll(TcpServer server, int count) {
        List<Peer> peers =
                IntStream.range(0, count).mapToObj(i -> connect(server)).toList();
        Await.until("all to be open", () -> server.connections().size() == count);
        return peers;
    }

    @Test
    void everybodyGetsEverythingInOrderWithOtherWrites() {
        TcpServer server = serve(SILENT);
        List<Peer> peers = connectAll(server, 7);
        server.connections().members().forEach(connection -> connection.write(UTF_8.encode("a")));
        assertThat(server.connections().broadcast(UTF_8.encode("bcd"))).isEqualTo(7);
        assertThat(server.connections().broadcast(ByteBuffer.allocate(0))).isEqualTo(7);
        server.connections().members().forEach(connection -> connection.write(UTF_8.encode("e")));
        ByteBuffer large = ByteBuffer.wrap("x".repeat(300_000).getBytes(UTF_8));
        assertThat(server.connections().broadcast(large)).isEqualTo(7);
        assertThat(large.hasRemaining()).isFalse();
        for (Peer peer : peers) {
            assertThat(peer.receiveText(300_005)).isEqualTo("abcde" + "x".repeat(300_000));
        }
    }

    @Test
    void aGroupIsServedAloneAndLosesWhoCloses() {
        Watch watch = watch((connection, data) -> connection.close());
        TcpServer server = serve(watch);
        List<Peer> peers = connectAll(server, 4);
        Await.until("onOpen of all", () -> watch.opened().size() == 4);
        ConnectionGroup room = server.group("room");
        Connection first = watch.opened().get(0);
        Connection second = watch.opened().get(1);
        assertThat(room.add(first)).isTrue();
        assertThat(room.add(second)).isTrue();
        assertThat(room.add(second)).isFalse();
        assertThat(server.group("room").members()).containsExactlyInAnyOrder(first, second);
        assertThat(server.group("other").size()).isZero();
        assertThat(room.broadcast(UTF_8.encode("!"))).isEqualTo(2);
        assertThat(room.remove(second)).isTrue();
        assertThat(room.remove(second)).isFalse();
        peers.forEach(peer -> peer.send("bye"));
        StringBuilder received = new StringBuilder();
        for (Peer peer : peers) {
            received.append(new String(peer.receiveToEnd(), UTF_8));
            peer.close();
        }
        watch.awaitClosed(4);
        assertThat(received).hasToString("!!");
        assertThat(room.size()).isZero();
        assertThat(room.add(first)).isFalse();
        assertThat(room.size()).isZero();
    }

    @Test
    void framesArePutTogetherOnce() {
        TcpServer server = serve(SILENT, builder -> builder.framing(Framing.lengthPrefixed(4)));
        List<Peer> peers = connectAll(server, 3);
        assertThat(server.connections().broadcastFrame(UTF_8.encode("abc"))).isEqualTo(3);
        for (Peer peer : peers) {
            assertThat(peer.receive(7)).containsExactly(0, 0, 0, 3, 'a', 'b', 'c');
        }
    }

    @Test
    void aSlowReceiverIsCutAtItsCapAndHoldsNobodyUp() throws Exception {
        int cap = 256 * 1024;
        Watch watch = watch(SILENT);
        TcpServer server = serve(watch, builder -> builder.writeBuffer(1024, 4096, cap));
        Peer stopped = connectNarrow(server);
        Connection slow = watch.first();
        List<Peer> quick = IntStream.range(0, 5).mapToObj(i -> connect(server)).toList();
        Await.until("all", () -> server.connections().size() == 6);
        int messages = 400;
        int size = 25_000;
        List<FutureTask<byte[]>> readers = quick.stream()
                .map(peer -> beside(() -> peer.receive(messages * size)))
                .toList();
        long lent = 0;
        for (int i = 0; i < messages; i++) {
            Await.until("the quick ones to keep up", () -> server.connections().members().stream()
                    .noneMatch(connection -> connection != slow && connection.pendingBytes() > cap / 2));
            server.connections().broadcast(ByteBuffer.wrap(new byte[size]));
            lent = Math.max(lent, buffers(loop()).stats().bytesUsed());
        }
        for (FutureTask<byte[]> reader : readers) {
            assertThat(Arrays.equals(reader.get(60, TimeUnit.SECONDS), new byte[messages * size]))
                    .isTrue();
        }
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.WRITE_OVERFLOW);
        assertThat(lent).as("bytes kept for six receivers").isLessThan(3L * cap);
        stopped.close();
    }

    @Test
    void connectionsOfOthersAndTheGroupOfAllAreRefused() {
        Watch watch = watch(SILENT);
        TcpServer server = serve(watch);
        TcpServer other = serve(SILENT);
        connect(server);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.group("x").add(watch.first()))
                .withMessageContaining("is not a connection of this server");
        assertThatThrownBy(() -> server.connections().add(watch.first()))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> server.group(" "));
    }
}
