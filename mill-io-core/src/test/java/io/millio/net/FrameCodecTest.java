package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;

/** What codecs return, what they refuse to send, and what they say about a peer's mistake. */
class FrameCodecTest {
    @Test
    void aResultCarriesItsThreeNumbers() {
        for (int total : new int[] {1, 2, 65_535, 131_070, 1 << 30, Integer.MAX_VALUE}) {
            for (int head : new int[] {0, 1, 255, 65_535}) {
                for (int tail : new int[] {0, 1, 255, 65_535}) {
                    if (head + tail <= total) {
                        long result = FrameCodec.frame(total, head, tail);
                        assertThat(result).isPositive();
                        assertThat(FrameAssembler.total(result)).isEqualTo(total);
                        assertThat(FrameAssembler.head(result)).isEqualTo(head);
                        assertThat(FrameAssembler.tail(result)).isEqualTo(tail);
                        assertThat(FrameAssembler.length(result)).isEqualTo(total - head - tail);
                    }
                }
            }
        }
    }

    @Test
    void aResultThatIsNoFrameIsRefused() {
        int[][] wrong = {
            {0, 0, 0},
            {-1, 0, 0},
            {9, -1, 0},
            {9, 0, -1},
            {9, 5, 5},
            {1 << 20, 65_536, 0},
            {1 << 20, 0, 65_536},
            {Integer.MIN_VALUE, 0, 0},
            {9, Integer.MAX_VALUE, Integer.MAX_VALUE}
        };
        for (int[] numbers : wrong) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> FrameCodec.frame(numbers[0], numbers[1], numbers[2]))
                    .withMessageContaining(
                            "frame of " + numbers[0] + " bytes with head " + numbers[1] + " and tail " + numbers[2]);
        }
    }

    @Test
    void aNumberOfMissingBytesIsPositive() {
        assertThat(FrameCodec.missing(1)).isNegative();
        assertThat(FrameCodec.missing(Integer.MAX_VALUE)).isEqualTo(-Integer.MAX_VALUE);
        for (int wrong : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> FrameCodec.missing(wrong))
                    .withMessageContaining("missing is " + wrong);
        }
    }

    @Test
    void aFixedPayloadHasExactlyItsSize() {
        Framing framing = Framing.fixed(4);
        framing.codec().checkPayload(ByteBuffer.allocate(4));
        refuses(framing, "abc").withMessageContaining("3 bytes").withMessageContaining("exactly 4");
        refuses(framing, "abcde").withMessageContaining("5 bytes");
    }

    @Test
    void aLineContainsNoTerminator() {
        Framing framing = Framing.lines().maxFrame(6);
        accepts(framing, "");
        accepts(framing, "a\rb");
        accepts(framing, "123456");
        refuses(framing, "1234567").withMessageContaining("7 bytes").withMessageContaining("at most 6");
        refuses(framing, "ab\ncd").withMessageContaining("LF at index 2");
        refuses(framing, "ab\r\n").withMessageContaining("LF at index 3");
        refuses(framing, "abc\r").withMessageContaining("CR at index 3");
        refuses(framing.strip(false), "123456").withMessageContaining("at most 5");
        accepts(framing.strip(false), "12345");
    }

    @Test
    void aDelimitedPayloadContainsNoDelimiterNotEvenTogetherWithItsOwn() {
        Framing framing = Framing.delimiter(FramingCase.bytes("aab")).maxFrame(6);
        accepts(framing, "");
        accepts(framing, "abaaca");
        refuses(framing, "abaacad").withMessageContaining("7 bytes").withMessageContaining("at most 6");
        refuses(framing, "aaab").withMessageContaining("0x616162 at index 1");
        refuses(framing.strip(false), "abba").withMessageContaining("at most 3");

        Framing overlapping = Framing.delimiter(FramingCase.bytes("aaa"));
        refuses(overlapping, "xa").withMessageContaining("at index 1").withMessageContaining("together with");
        refuses(overlapping, "aa").withMessageContaining("at index 0");
        accepts(overlapping, "ax");
    }

    @Test
    void aPayloadFitsItsLengthField() {
        accepts(Framing.lengthPrefixed(1), "x".repeat(255));
        refuses(Framing.lengthPrefixed(1), "x".repeat(256))
                .withMessageContaining("256")
                .withMessageContaining("0 to 255");
        refuses(Framing.lengthPrefixed(1).lengthAdjustment(-1), "x".repeat(255)).withMessageContaining("is 256");
        accepts(Framing.lengthPrefixed(1).lengthAdjustment(1), "x".repeat(256));
        refuses(Framing.lengthPrefixed(4).lengthAdjustment(3), "xx")
                .withMessageContaining("is -1")
                .withMessageContaining("adjustment 3");
        refuses(Framing.lengthPrefixed(4).maxFrame(5), "123456").withMessageContaining("at most 5");
        refuses(Framing.lengthPrefixed(4).maxFrame(9).strip(false), "123456").withMessageContaining("at most 5");
        accepts(Framing.lengthPrefixed(8).maxFrame(6), "123456");
    }

    @Test
    void aVarintPayloadFitsTheLimit() {
        accepts(Framing.varint().maxFrame(200), "x".repeat(200));
        refuses(Framing.varint().maxFrame(200), "x".repeat(201)).withMessageContaining("at most 200");
        accepts(Framing.varint().maxFrame(200).strip(false), "x".repeat(198));
        refuses(Framing.varint().maxFrame(200).strip(false), "x".repeat(199)).withMessageContaining("at most 198");
    }

    @Test
    void aCustomPayloadFitsItsCodecAndTheLimit() {
        accepts(Framing.custom(new BracketCodec()).maxFrame(10), "1234567");
        refuses(Framing.custom(new BracketCodec()).maxFrame(10), "12345678").withMessageContaining("at most 7");
        refuses(Framing.custom(new BracketCodec()), "x".repeat(256)).withMessageContaining("at most 255");
    }

    @Test
    void bytesWithoutFramingLeaveAsTheyAre() {
        FrameCodec codec = Framing.none().codec();
        codec.checkPayload(ByteBuffer.allocate(3_000_000));
        assertThat(codec.headLength(3_000_000) + codec.tailLength()).isZero();
    }

    @Test
    void aVarintIsTheShortestThatCarriesTheLength() {
        FrameCodec codec = Framing.varint().codec();
        int[] lengths = {0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 268_435_456, 1 << 30};
        int[] bytes = {1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
        for (int i = 0; i < lengths.length; i++) {
            ByteBuffer out = ByteBuffer.allocate(9);
            codec.putHead(out, lengths[i]);
            assertThat(codec.headLength(lengths[i])).isEqualTo(bytes[i]);
            assertThat(out.position()).isEqualTo(bytes[i]);
        }
        assertThat(head(Framing.varint(), 300)).containsExactly(0xAC, 0x02);
    }

    @Test
    void aLengthIsWrittenInItsOrder() {
        assertThat(head(Framing.lengthPrefixed(3), 0x010203)).containsExactly(1, 2, 3);
        assertThat(head(Framing.lengthPrefixed(3).byteOrder(ByteOrder.LITTLE_ENDIAN), 0x010203))
                .containsExactly(3, 2, 1);
        assertThat(head(Framing.lengthPrefixed(8), 258)).containsExactly(0, 0, 0, 0, 0, 0, 1, 2);
        assertThat(head(Framing.lengthPrefixed(2).lengthAdjustment(-2), 5)).containsExactly(0, 7);
    }

    @Test
    void aPeersMistakeIsToldWithItsNumbers() {
        tells(Framing.lengthPrefixed(8), FramingException.Kind.TOO_LARGE, "ffffffffffffffff")
                .withMessageContaining("announced 18446744073709551615 bytes")
                .withMessageContaining("maxFrame is 1048576");
        tells(Framing.lengthPrefixed(4).lengthAdjustment(-4), FramingException.Kind.MALFORMED, "00000003")
                .withMessageContaining("announced 3 bytes")
                .withMessageContaining("-4");
        tells(Framing.lengthPrefixed(8).lengthAdjustment(9), FramingException.Kind.TOO_LARGE, "7fffffffffffffff")
                .withMessageContaining("announced 9223372036854775807 bytes")
                .withMessageContaining("adjusted by 9");
        tells(Framing.varint(), FramingException.Kind.TOO_LARGE, "8080808008")
                .withMessageContaining("announced 2147483648 bytes");
        tells(Framing.varint(), FramingException.Kind.MALFORMED, "8080808080")
                .withMessageContaining("more than 5 bytes");
        tells(Framing.lines().maxFrame(2), FramingException.Kind.TOO_LARGE, "616263")
                .withMessageContaining("3 bytes without LF")
                .withMessageContaining("maxFrame is 2");
        tells(Framing.delimiter(new byte[] {0}).maxFrame(2), FramingException.Kind.TOO_LARGE, "616263")
                .withMessageContaining("3 bytes without the delimiter 0x00");
    }

    @Test
    void aFrameOfExactlyTheLimitPassesAndOneByteMoreFails() {
        for (String end : new String[] {"\n", "\r\n"}) {
            assertLimit(Framing.lines().maxFrame(9), "x".repeat(9) + end, "x".repeat(10) + end);
            Framing kept = Framing.lines().maxFrame(9 + end.length()).strip(false);
            assertLimit(kept, "x".repeat(9) + end, "x".repeat(10) + end);
            Framing delimited = Framing.delimiter(FramingCase.bytes(end));
            assertLimit(delimited.maxFrame(9), "x".repeat(9) + end, "x".repeat(10) + end);
            Framing keptDelimiter = delimited.maxFrame(9 + end.length()).strip(false);
            assertLimit(keptDelimiter, "x".repeat(9) + end, "x".repeat(10) + end);
        }
        assertLimit(Framing.lengthPrefixed(1).maxFrame(2), "\2xx", "\3xxx");
        assertLimit(Framing.lengthPrefixed(1).maxFrame(3).strip(false), "\2xx", "\3xxx");
        assertLimit(Framing.varint().maxFrame(2), "\2xx", "\3xxx");
        assertLimit(Framing.varint().maxFrame(3).strip(false), "\2xx", "\3xxx");
        assertLimit(Framing.custom(new BracketCodec()).maxFrame(5), "<\2xx>", "<\3xxx>");
    }

    private static void assertLimit(Framing framing, String largest, String tooLarge) {
        ByteBuffer in = ByteBuffer.wrap(FramingCase.bytes(largest));
        assertThat(FrameAssembler.total(framing.codec().decode(in, 0))).isEqualTo(largest.length());
        assertThatExceptionOfType(FramingException.class)
                .isThrownBy(() -> framing.codec().decode(ByteBuffer.wrap(FramingCase.bytes(tooLarge)), 0))
                .matches(e -> e.kind() == FramingException.Kind.TOO_LARGE, framing.toString());
    }

    /** Only bytes that are new are searched: an LF put among those seen already stays unseen. */
    @Test
    void aSearchGoesOnWhereItStopped() {
        ByteBuffer in = ByteBuffer.wrap(FramingCase.bytes("..a\nbcdef"));
        in.position(2);
        assertThat(Framing.lines().codec().decode(in, 2)).isEqualTo(FrameCodec.INCOMPLETE);
        assertThat(Framing.lines().codec().decode(in, 1)).isPositive();

        ByteBuffer marked = ByteBuffer.wrap(FramingCase.bytes("..a--bcdef"));
        marked.position(2);
        FrameCodec codec = Framing.delimiter(FramingCase.bytes("--")).codec();
        assertThat(codec.decode(marked, 3)).isEqualTo(FrameCodec.INCOMPLETE);
        assertThat(codec.decode(marked, 2)).isPositive();
    }

    private static void accepts(Framing framing, String payload) {
        assertThatNoException()
                .isThrownBy(() -> framing.codec().checkPayload(ByteBuffer.wrap(FramingCase.bytes(payload))));
    }

    private static ThrowableAssertAlternative<?> refuses(Framing framing, String payload) {
        ByteBuffer data = ByteBuffer.wrap(FramingCase.bytes("\n\n" + payload + "\n"));
        data.position(2).limit(2 + payload.length());
        return assertThatIllegalArgumentException()
                .isThrownBy(() -> framing.codec().checkPayload(data));
    }

    private static ThrowableAssertAlternative<?> tells(Framing framing, FramingException.Kind kind, String hex) {
        ByteBuffer in = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        return assertThatExceptionOfType(FramingException.class)
                .isThrownBy(() -> framing.codec().decode(in, 0))
                .matches(e -> e.kind() == kind);
    }

    private static int[] head(Framing framing, int payloadLength) {
        ByteBuffer out = ByteBuffer.allocate(16);
        framing.codec().putHead(out, payloadLength);
        byte[] bytes = Arrays.copyOf(out.array(), out.position());
        int[] unsigned = new int[bytes.length];
        Arrays.setAll(unsigned, i -> bytes[i] & 0xFF);
        return unsigned;
    }
}
