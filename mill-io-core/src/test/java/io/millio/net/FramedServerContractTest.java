package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** With framing each onData gets exactly one frame, wherever the stream is cut and whatever stops delivery in between. */
class FramedServerContractTest extends ConnectionContract {
    private static final ConnectionHandler ECHO = (connection, frame) -> connection.writeFrame(frame);

    private final Queue<String> frames = new ConcurrentLinkedQueue<>();

    private static String text(ByteBuffer data) {
        return StandardCharsets.US_ASCII.decode(data.duplicate()).toString();
    }

    private TcpServer serve(Framing framing, ConnectionHandler handler) {
        return serve(
                (connection, frame) -> {
                    frames.add(text(frame));
                    handler.onData(connection, frame);
                },
                builder -> builder.framing(framing));
    }

    private static byte[] framed(byte[] payload) {
        return ByteBuffer.allocate(4 + payload.length)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    @Test
    void linesComeOneByOneAndGoBackAsLines() {
        Peer peer = connect(serve(Framing.lines(), ECHO));
        peer.send("one\ntwo\r\n\nthree\n").finish();
        assertThat(peer.receiveToEnd()).asString(StandardCharsets.US_ASCII).isEqualTo("one\ntwo\n\nthree\n");
        assertThat(frames).containsExactly("one", "two", "", "three");
    }

    @Test
    void aFrameMayBeCutAtEveryByte() {
        TcpServer server = serve(Framing.lengthPrefixed(4), ECHO);
        Peer peer = connect(server);
        byte[] sent = framed("to be cut anywhere".getBytes(StandardCharsets.US_ASCII));
        for (int cut = 1; cut < sent.length; cut++) {
            long read = server.stats().bytesIn() + cut;
            peer.send(Arrays.copyOf(sent, cut));
            Await.until("the first part to be read", () -> server.stats().bytesIn() == read);
            peer.send(Arrays.copyOfRange(sent, cut, sent.length));
            assertThat(peer.receive(sent.length)).isEqualTo(sent);
        }
        assertThat(frames).containsOnly("to be cut anywhere").hasSize(sent.length - 1);
    }

    @Test
    void framesLargerThanAReadComeWhole() throws Exception {
        TcpServer server = serve(ECHO, builder -> builder.framing(Framing.lengthPrefixed(4)));
        for (int size : new int[] {65_535, 65_536, 65_537, 200_000, 1 << 20}) {
            Peer peer = connect(server);
            byte[] sent = framed(pattern(size));
            Future<Peer> sender = beside(() -> peer.send(sent).send(sent));
            assertThat(peer.receive(sent.length)).isEqualTo(sent);
            assertThat(peer.receive(sent.length)).isEqualTo(sent);
            sender.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void everyKindOfFramingGoesThereAndBack() {
        List<Framing> kinds = List.of(
                Framing.lines(),
                Framing.delimiter("::".getBytes(StandardCharsets.US_ASCII)),
                Framing.fixed(9),
                Framing.lengthPrefixed(1),
                Framing.lengthPrefixed(2).byteOrder(ByteOrder.LITTLE_ENDIAN),
                Framing.lengthPrefixed(8),
                Framing.varint());
        for (Framing framing : kinds) {
            Watch clientSide = watch((connection, frame) -> {});
            Peer echoed = connect(serve(framing, ECHO));
            // the server's own encoder tells what a peer has to send
            Peer source = connect(serve(clientSide, builder -> builder.framing(framing)));
            Connection connection = clientSide.first();
            frames.clear();
            for (int i = 0; i < 50; i++) {
                connection.writeFrame(ByteBuffer.wrap("frame %03d".formatted(i).getBytes(StandardCharsets.US_ASCII)));
            }
            connection.close();
            byte[] encoded = source.receiveToEnd();
            source.close();
            assertThat(echoed.send(encoded).receive(encoded.length))
                    .as("%s", framing)
                    .isEqualTo(encoded);
            assertThat(frames).hasSize(50).contains("frame 000", "frame 049");
        }
    }

    @Test
    void aPauseHoldsFramesThatHaveArrivedAlready() throws Exception {
        Watch watch = watch((connection, frame) -> {
            frames.add(text(frame));
            connection.pauseReading();
            connection.writeFrame(frame);
        });
        Peer peer = connect(serve(watch, builder -> builder.framing(Framing.lines())));
        peer.send("one\ntwo\nthree\nfo");
        Connection connection = watch.first();
        assertThat(peer.receiveText(4)).isEqualTo("one\n");
        assertThat(frames).containsExactly("one");
        connection.resumeReading();
        assertThat(peer.receiveText(4)).isEqualTo("two\n");
        connection.resumeReading();
        assertThat(peer.receiveText(6)).isEqualTo("three\n");
        peer.send("ur\n");
        connection.write(ByteBuffer.wrap(new byte[] {'!'}));
        assertThat(peer.receiveText(1)).isEqualTo("!");
        assertThat(frames).containsExactly("one", "two", "three");
        connection.resumeReading();
        assertThat(peer.receiveText(5)).isEqualTo("four\n");
    }

    /** Many frames in one segment, and the third of them congests the output: the others wait, and none is lost. */
    @Test
    void congestionBetweenTwoFramesOfOneReadHoldsTheSecond() {
        byte[] much = pattern(2 << 20);
        CountDownLatch written = new CountDownLatch(1);
        TcpServer server = serve(
                (connection, frame) -> {
                    frames.add(text(frame));
                    assertThat(connection.isWritable()).isTrue();
                    if (text(frame).equals("much")) {
                        assertThat(connection.write(ByteBuffer.wrap(much))).isEqualTo(WriteResult.CONGESTED);
                        written.countDown();
                    } else {
                        connection.writeFrame(frame);
                    }
                },
                builder -> builder.framing(Framing.lines())
                        .socket(SocketOptions.defaults().sendBuffer(64_000)));
        Peer peer = closeLater(Peer.connect(server.localAddress(), 64_000));
        peer.send("one\ntwo\nmuch\nthree\nfour\n");
        assertThat(peer.receiveText(8)).isEqualTo("one\ntwo\n");
        Await.open("the third frame and its answer", written);
        assertThat(frames).hasSize(3);
        assertThat(peer.receive(much.length)).isEqualTo(much);
        assertThat(peer.receiveText(11)).isEqualTo("three\nfour\n");
        assertThat(frames).containsExactly("one", "two", "much", "three", "four");
    }

    @Test
    void aPayloadThatCannotBeAFrameIsRefusedBeforeAnythingIsSent() {
        Watch watch = watch((connection, frame) -> {});
        Peer peer = connect(serve(watch, builder -> builder.framing(Framing.lines())));
        Connection connection = watch.first();
        ByteBuffer twoLines = ByteBuffer.wrap("two\nlines".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> connection.writeFrame(twoLines)).isInstanceOf(IllegalArgumentException.class);
        assertThat(twoLines.remaining()).isEqualTo(9);
        connection.writeFrame(ByteBuffer.wrap("line".getBytes(StandardCharsets.US_ASCII)));
        assertThat(peer.receiveText(5)).isEqualTo("line\n");
        connection.shutdownOutput();
        ByteBuffer late = ByteBuffer.wrap(new byte[] {'x'});
        assertThat(connection.writeFrame(late)).isEqualTo(WriteResult.REJECTED);
        assertThat(late.remaining()).isEqualTo(1);
    }

    /** A codec of the user's that fails ends its connection, and the memory it was given comes back. */
    @Test
    void aCodecThatThrowsIsAHandlerErrorAndKeepsNoMemory() {
        FrameCodec broken = new FrameCodec() {
            @Override
            public long decode(ByteBuffer in, int examined) {
                if (in.get(in.position()) == '!') {
                    throw new IllegalStateException("cannot decode");
                }
                return FrameCodec.frame(1, 0, 0);
            }

            @Override
            public int headLength(int payloadLength) {
                return 1;
            }

            @Override
            public void putHead(ByteBuffer out, int payloadLength) {
                throw new IllegalStateException("cannot encode");
            }
        };
        Watch watch = watch(ECHO);
        TcpServer server = serve(watch, builder -> builder.framing(Framing.custom(broken)));
        connect(server).send("a").close();
        connect(server).send("!").close();
        assertThat(watch.awaitClosed(2)).containsOnly(CloseReason.HANDLER_ERROR);
        assertThat(errors()).hasSize(2);
    }
}
