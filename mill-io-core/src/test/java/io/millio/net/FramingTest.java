package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The description: its options, their ranges and what it says about misuse. */
class FramingTest {
    private static final int MIB = 1 << 20;
    private static final byte[] MARK = FramingCase.bytes("--");

    private static final Map<String, UnaryOperator<Framing>> OPTIONS = new LinkedHashMap<>(Map.of(
            "maxFrame", framing -> framing.maxFrame(100),
            "strip", framing -> framing.strip(false),
            "byteOrder", framing -> framing.byteOrder(ByteOrder.LITTLE_ENDIAN),
            "lengthAdjustment", framing -> framing.lengthAdjustment(-1),
            "deliverPartialAtEnd", framing -> framing.deliverPartialAtEnd(true)));

    @Test
    void eachKindHasItsOptionsAndNamesTheOthers() {
        assertOptions("none", Framing.none(), Set.of());
        assertOptions("lines", Framing.lines(), Set.of("maxFrame", "strip", "deliverPartialAtEnd"));
        assertOptions("delimiter", Framing.delimiter(MARK), Set.of("maxFrame", "strip"));
        assertOptions("fixed", Framing.fixed(8), Set.of());
        assertOptions(
                "length", Framing.lengthPrefixed(4), Set.of("maxFrame", "strip", "byteOrder", "lengthAdjustment"));
        assertOptions("varint", Framing.varint(), Set.of("maxFrame", "strip"));
        assertOptions("custom", Framing.custom(new BracketCodec()), Set.of("maxFrame"));
    }

    private static void assertOptions(String kind, Framing framing, Set<String> has) {
        String before = framing.toString();
        assertThat(before).startsWith(kind + "(");
        OPTIONS.forEach((option, change) -> {
            if (has.contains(option)) {
                assertThat(change.apply(framing).toString()).startsWith(kind).isNotEqualTo(before);
            } else {
                assertThatIllegalStateException()
                        .isThrownBy(() -> change.apply(framing))
                        .withMessageContaining("framing " + kind)
                        .withMessageContaining(option);
            }
        });
        assertThat(framing).as("after its copies were changed").hasToString(before);
    }

    @Test
    void aFrameIsAtMostOneMebibyteUnlessSaidOtherwise() {
        List<Framing> limited = List.of(
                Framing.lines(),
                Framing.delimiter(MARK),
                Framing.lengthPrefixed(4),
                Framing.varint(),
                Framing.custom(new BracketCodec()));
        for (Framing framing : limited) {
            assertThat(framing.maxFrame()).isEqualTo(MIB);
            assertThat(framing.maxFrame(77).maxFrame()).isEqualTo(77);
            assertThat(framing.maxFrame(1 << 30).maxFrame()).isEqualTo(1 << 30);
            for (int wrong : new int[] {0, -1, (1 << 30) + 1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> framing.maxFrame(wrong))
                        .withMessageContaining("maxFrame is " + wrong)
                        .withMessageContaining("1 to 1073741824");
            }
        }
    }

    @Test
    void aFixedFrameIsItsOwnLimitAndNoneHasNone() {
        assertThat(Framing.fixed(2 * MIB).maxFrame()).isEqualTo(2 * MIB);
        assertThat(Framing.none().maxFrame()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, (1 << 30) + 1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aFixedSizeOutOfRangeIsRefused(int size) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Framing.fixed(size))
                .withMessageContaining("size is " + size)
                .withMessageContaining("1 to 1073741824");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 5, 6, 7, 9, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aLengthOfAnOddNumberOfBytesIsRefused(int bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Framing.lengthPrefixed(bytes))
                .withMessageContaining("lengthBytes is " + bytes)
                .withMessageContaining("1, 2, 3, 4 or 8");
    }

    @ParameterizedTest
    @ValueSource(ints = {-65_536, 65_536, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void anAdjustmentOutOfRangeIsRefused(int adjustment) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Framing.lengthPrefixed(4).lengthAdjustment(adjustment))
                .withMessageContaining("lengthAdjustment is " + adjustment)
                .withMessageContaining("-65535 to 65535");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256, 10_000})
    void aDelimiterOutOfRangeIsRefused(int length) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Framing.delimiter(new byte[length]))
                .withMessageContaining("length is " + length)
                .withMessageContaining("1 to 255");
    }

    @Test
    void aLimitThatNoFrameCanKeepIsRefusedInWhicheverOrderItIsSet() {
        Framing small = Framing.lengthPrefixed(8).maxFrame(7);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> small.strip(false))
                .withMessageContaining("maxFrame is 7")
                .withMessageContaining("at least 8 bytes");
        assertThatIllegalArgumentException().isThrownBy(() -> small.lengthAdjustment(8));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Framing.lengthPrefixed(8).strip(false).maxFrame(7));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Framing.delimiter(MARK).strip(false).maxFrame(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Framing.delimiter(MARK).maxFrame(1).strip(false));
        assertThat(Framing.lengthPrefixed(8).maxFrame(8).strip(false).maxFrame())
                .isEqualTo(8);
    }

    @Test
    void nullIsRefusedByName() {
        assertThatNullPointerException()
                .isThrownBy(() -> Framing.delimiter(null))
                .withMessage("delimiter");
        assertThatNullPointerException().isThrownBy(() -> Framing.custom(null)).withMessage("codec");
        assertThatNullPointerException()
                .isThrownBy(() -> Framing.lengthPrefixed(4).byteOrder(null))
                .withMessage("order");
        assertThatNullPointerException()
                .isThrownBy(() -> new FramingException(null, "x"))
                .withMessage("kind");
    }

    @Test
    void theDelimiterIsCopied() {
        byte[] mark = MARK.clone();
        Framing framing = Framing.delimiter(mark);
        mark[0] = 'x';
        ByteBuffer out = ByteBuffer.allocate(2);
        framing.codec().putTail(out);
        assertThat(out.array()).isEqualTo(MARK);
    }

    @Test
    void anExceptionCostsAPeerNoStackTrace() {
        FramingException exception = new FramingException(FramingException.Kind.MALFORMED, "why");
        assertThat(exception.getStackTrace()).isEmpty();
        assertThat(exception.kind()).isEqualTo(FramingException.Kind.MALFORMED);
        assertThat(exception).hasMessage("why");
    }
}
