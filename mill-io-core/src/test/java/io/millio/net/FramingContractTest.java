package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.net.FramingReference.Ending;
import io.millio.net.FramingReference.Outcome;
import io.millio.pool.BufferPool;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every framing promises, whatever way the network cuts its bytes. */
class FramingContractTest {
    private static final int RANDOM_CUTS = 200;

    private final BufferPool pool = BufferPool.create(64 * 1024);
    private final StreamFeeder heap = new StreamFeeder(pool, 8192, false, (byte) '\r');
    private final StreamFeeder direct = new StreamFeeder(pool, 8192, true, (byte) 'a');

    static Stream<FramingCase> all() {
        return FramingCase.all();
    }

    @AfterEach
    void everyBufferIsBackInThePool() {
        assertThat(pool.stats().used()).isZero();
    }

    @ParameterizedTest
    @MethodSource("all")
    void theReferenceDeliversWhatThePeerWrapped(FramingCase framing) {
        assertThat(framing.reference().cut(framing.stream())).isEqualTo(new Outcome(framing.delivered(), Ending.CLEAN));
    }

    @ParameterizedTest
    @MethodSource("all")
    void aCutAtAnyByteChangesNoFrame(FramingCase framing) {
        byte[] stream = framing.stream();
        Outcome expected = new Outcome(framing.delivered(), Ending.CLEAN);
        for (int cut = 0; cut <= stream.length; cut++) {
            assertSame(framing, expected, stream, cut);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void bytesThatComeOneByOneChangeNoFrame(FramingCase framing) {
        byte[] stream = framing.stream();
        assertSame(framing, new Outcome(framing.delivered(), Ending.CLEAN), stream, everyByte(stream.length));
    }

    @ParameterizedTest
    @MethodSource("all")
    void randomCutsChangeNoFrame(FramingCase framing) {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        byte[] stream = framing.stream();
        Outcome expected = new Outcome(framing.delivered(), Ending.CLEAN);
        for (int i = 0; i < RANDOM_CUTS; i++) {
            int[] cuts = random.ints(random.nextInt(1, 40), 0, stream.length + 1)
                    .sorted()
                    .toArray();
            assertThat(heap.feed(framing.framing(), stream, cuts))
                    .as(() -> "seed " + seed + ", cuts " + Arrays.toString(cuts))
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aStreamThatEndsAnywhereIsCleanOnlyBetweenFrames(FramingCase framing) {
        byte[] stream = framing.stream();
        for (int end = 0; end <= stream.length; end++) {
            byte[] beginning = Arrays.copyOf(stream, end);
            Outcome expected = framing.reference().cut(beginning);
            assertSame(framing, expected, beginning, end / 2);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatTheFramingRefusesIsRefusedHoweverItIsCut(FramingCase framing) {
        for (byte[] violation : framing.violations()) {
            byte[] stream = FramingCase.concat(framing.stream(), violation);
            Outcome expected = framing.reference().cut(stream);
            assertThat(expected.ending())
                    .as(HexFormat.of().formatHex(violation))
                    .isIn(Ending.TOO_LARGE, Ending.MALFORMED);
            assertThat(expected.frames()).isEqualTo(framing.delivered());
            for (int cut = stream.length - violation.length; cut <= stream.length; cut++) {
                assertSame(framing, expected, stream, cut);
            }
            assertSame(framing, expected, stream, everyByte(stream.length));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatIsEncodedIsDecodedUnchanged(FramingCase framing) {
        FrameCodec codec = framing.framing().codec();
        ByteBuffer out = ByteBuffer.allocate(8192);
        for (byte[] payload : framing.payloads()) {
            ByteBuffer data =
                    ByteBuffer.allocate(payload.length + 5).position(5).put(payload);
            data.position(5);
            codec.checkPayload(data);
            assertThat(data.position()).isEqualTo(5);
            int begin = out.position();
            codec.putHead(out, payload.length);
            assertThat(out.position() - begin).isEqualTo(codec.headLength(payload.length));
            int end = out.put(data).position();
            codec.putTail(out);
            assertThat(out.position() - end).isEqualTo(codec.tailLength());
        }
        byte[] stream = Arrays.copyOf(out.array(), out.position());
        Outcome decoded = heap.feed(framing.framing(), stream);
        assertThat(decoded).isEqualTo(framing.reference().cut(stream));
        assertThat(decoded.frames()).hasSameSizeAs(framing.payloads());
        if (!framing.keep()) {
            assertThat(decoded.frames()).isEqualTo(framing.delivered());
        }
    }

    private void assertSame(FramingCase framing, Outcome expected, byte[] stream, int... cuts) {
        assertThat(heap.feed(framing.framing(), stream, cuts))
                .as(() -> "heap, cuts " + Arrays.toString(cuts))
                .isEqualTo(expected);
        assertThat(direct.feed(framing.framing(), stream, cuts))
                .as(() -> "direct, cuts " + Arrays.toString(cuts))
                .isEqualTo(expected);
    }

    private static int[] everyByte(int length) {
        return IntStream.range(1, length).toArray();
    }
}
