package io.millio.net;

import static org.assertj.core.api.Assertions.fail;

import io.millio.net.FramingReference.Outcome;
import io.millio.pool.BufferPool;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes that are nearly right, cut anywhere, give what the reference gives, to the kind of the error. */
class FramingFuzzTest {
    private static final int INPUTS = 100_000;
    private static final int LONGEST = 48;

    private final BufferPool pool = BufferPool.create(64 * 1024);
    private final StreamFeeder feeder = new StreamFeeder(pool, LONGEST, true, (byte) '\r');

    /** Framing, its reference, and the bytes that are worth trying. */
    private record Trial(Framing framing, FramingReference reference, byte[] alphabet) {}

    enum Kind {
        LINES(random -> {
            int max = random.nextInt(1, 12);
            boolean strip = random.nextBoolean();
            boolean partial = random.nextBoolean();
            return new Trial(
                    Framing.lines().maxFrame(max).strip(strip).deliverPartialAtEnd(partial),
                    FramingReference.lines(max, strip, partial),
                    FramingCase.bytes("xxxx\u000b\r\r\n\n"));
        }),
        DELIMITER(random -> {
            byte[] delimiter = FramingCase.bytes("abbabaab".substring(0, random.nextInt(1, 9)));
            if (random.nextBoolean()) {
                Arrays.fill(delimiter, (byte) 'a');
            }
            int max = random.nextInt(delimiter.length, 30);
            boolean strip = random.nextBoolean();
            return new Trial(
                    Framing.delimiter(delimiter).maxFrame(max).strip(strip),
                    FramingReference.delimiter(delimiter, max, strip),
                    FramingCase.bytes("aaaabbbx"));
        }),
        FIXED(random -> {
            int size = random.nextInt(1, 20);
            return new Trial(Framing.fixed(size), FramingReference.fixed(size), FramingCase.bytes("ab\n"));
        }),
        LENGTH(random -> {
            int bytes = new int[] {1, 2, 3, 4, 8}[random.nextInt(5)];
            boolean big = random.nextBoolean();
            int adjustment = random.nextInt(3) == 0 ? random.nextInt(-10, 10) : 0;
            int max = random.nextInt(18, 30);
            boolean strip = random.nextBoolean();
            return new Trial(
                    Framing.lengthPrefixed(bytes)
                            .byteOrder(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN)
                            .maxFrame(max)
                            .strip(strip)
                            .lengthAdjustment(adjustment),
                    FramingReference.length(bytes, big, adjustment, max, strip),
                    new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 5, 9, 17, 0x7F, -128, -1});
        }),
        VARINT(random -> {
            int max = random.nextInt(1, 30);
            boolean strip = random.nextBoolean();
            return new Trial(
                    Framing.varint().maxFrame(max).strip(strip),
                    FramingReference.varint(max, strip),
                    new byte[] {0, 1, 2, 3, 5, 9, 17, 0x7F, -128, -128, -127, -1});
        }),
        CUSTOM(random -> {
            int max = random.nextInt(1, 12);
            return new Trial(
                    Framing.custom(new BracketCodec()).maxFrame(max),
                    FramingReference.brackets(max),
                    new byte[] {'<', '<', '>', '>', 0, 1, 2, 3, 5, 9});
        });

        private final Function<Random, Trial> trial;

        Kind(Function<Random, Trial> trial) {
            this.trial = trial;
        }
    }

    @ParameterizedTest
    @EnumSource
    void nearlyValidBytesGiveWhatTheReferenceGives(Kind kind) {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        for (int i = 0; i < INPUTS; i++) {
            Trial trial = kind.trial.apply(random);
            byte[] stream = stream(trial, random);
            int[] cuts = cuts(stream.length, random);
            Outcome expected = trial.reference.cut(stream);
            Outcome actual = feeder.feed(trial.framing, stream, cuts);
            if (!actual.equals(expected)) {
                fail(
                        "seed %d, input %d: %s, stream %s, cuts %s%n  expected %s%n  but was  %s",
                        seed,
                        i,
                        trial.framing,
                        HexFormat.of().formatHex(stream),
                        Arrays.toString(cuts),
                        expected,
                        actual);
            }
        }
    }

    private static byte[] stream(Trial trial, Random random) {
        byte[] stream = new byte[random.nextInt(LONGEST + 1)];
        boolean anything = random.nextInt(8) == 0;
        for (int i = 0; i < stream.length; i++) {
            stream[i] = anything ? (byte) random.nextInt() : trial.alphabet[random.nextInt(trial.alphabet.length)];
        }
        return stream;
    }

    private static int[] cuts(int length, Random random) {
        return random.ints(random.nextInt(6), 0, length + 1).sorted().toArray();
    }
}
