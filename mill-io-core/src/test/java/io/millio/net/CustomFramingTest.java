package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millio.net.FramingReference.Ending;
import io.millio.net.FramingReference.Outcome;
import io.millio.pool.BufferPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;

/** A user's codec is bounded like the library's own, and its mistakes are told by name. */
class CustomFramingTest {
    private final ByteBuffer in = ByteBuffer.allocate(40).position(3).limit(23);

    @Test
    void aCodecThatNeverFindsAnEndIsStoppedAtTheLimit() {
        FrameCodec codec = Framing.custom((bytes, examined) -> FrameCodec.INCOMPLETE)
                .maxFrame(20)
                .codec();
        in.limit(22);
        assertThat(codec.decode(in, 0)).isEqualTo(FrameCodec.INCOMPLETE);
        in.limit(23);
        assertTooLarge(codec).withMessageContaining("20 bytes without the end of the frame");
        in.limit(40);
        assertTooLarge(codec).withMessageContaining("maxFrame is 20");
    }

    @Test
    void aFrameThatMustBecomeTooLargeFailsBeforeItsBytesArrive() {
        for (int missing : new int[] {81, 1000, Integer.MAX_VALUE}) {
            FrameCodec codec = Framing.custom((bytes, examined) -> FrameCodec.missing(missing))
                    .maxFrame(100)
                    .codec();
            assertTooLarge(codec).withMessageContaining("announced " + (20L + missing) + " bytes");
        }
        FrameCodec codec = Framing.custom((bytes, examined) -> FrameCodec.missing(80))
                .maxFrame(100)
                .codec();
        assertThat(codec.decode(in, 0)).isEqualTo(FrameCodec.missing(80));
    }

    @Test
    void aCodecSeesNoMoreThanTheLargestFrame() {
        List<Integer> seen = new ArrayList<>();
        FrameCodec codec = Framing.custom((bytes, examined) -> {
                    seen.add(bytes.remaining());
                    return FrameCodec.frame(1, 0, 0);
                })
                .maxFrame(7)
                .codec();
        codec.decode(in, 0);
        in.limit(8);
        codec.decode(in, 0);
        assertThat(seen).containsExactly(7, 5);
    }

    @Test
    void theBufferIsUnchangedWhateverTheCodecDoes() {
        for (int maxFrame : new int[] {10, 100}) {
            FrameCodec throwing = Framing.custom((bytes, examined) -> {
                        throw new IllegalStateException("mine");
                    })
                    .maxFrame(maxFrame)
                    .codec();
            assertThat(catchThrowable(() -> throwing.decode(in, 0))).hasMessage("mine");
            assertThat(in.position()).isEqualTo(3);
            assertThat(in.limit()).isEqualTo(23);
        }
    }

    @Test
    void aCodecThatMovesTheBufferIsNamed() {
        assertBroken((bytes, examined) -> {
            bytes.get();
            return FrameCodec.INCOMPLETE;
        });
        assertBroken((bytes, examined) -> {
            bytes.limit(bytes.limit() - 1);
            return FrameCodec.INCOMPLETE;
        });
    }

    @Test
    void aCodecThatInventsBytesIsNamed() {
        assertBroken((bytes, examined) -> FrameCodec.frame(bytes.remaining() + 1, 0, 0));
        assertBroken((bytes, examined) -> FrameCodec.frame(examined, 0, 0));
        assertBroken((bytes, examined) -> 15L << 32 | 9 << 16 | 7);
    }

    /** The example in the documentation of {@link FrameCodec}. */
    @Test
    void theDocumentedCodecCutsItsRecords() {
        Framing framing = Framing.custom((bytes, examined) -> {
            if (bytes.remaining() < 5) {
                return FrameCodec.missing(5 - bytes.remaining());
            }
            int total = 5 + (bytes.get(bytes.position() + 4) & 0xFF);
            return bytes.remaining() < total
                    ? FrameCodec.missing(total - bytes.remaining())
                    : FrameCodec.frame(total, 0, 0);
        });
        BufferPool pool = BufferPool.create(1024);
        byte[] stream = FramingCase.bytes("type\3abcTYPE\0type\1x");
        for (int cut = 0; cut <= stream.length; cut++) {
            assertThat(new StreamFeeder(pool, 40, true, (byte) 1).feed(framing, stream, cut))
                    .isEqualTo(new Outcome(List.of("type\3abc", "TYPE\0", "type\1x"), Ending.CLEAN));
        }
    }

    private void assertBroken(FrameCodec codec) {
        assertThatIllegalStateException()
                .isThrownBy(() -> Framing.custom(codec).codec().decode(in.duplicate(), 12))
                .withMessageContaining("codec " + codec.getClass().getName());
    }

    private ThrowableAssertAlternative<?> assertTooLarge(FrameCodec codec) {
        return assertThatExceptionOfType(FramingException.class)
                .isThrownBy(() -> codec.decode(in, 0))
                .matches(e -> e.kind() == FramingException.Kind.TOO_LARGE);
    }
}
