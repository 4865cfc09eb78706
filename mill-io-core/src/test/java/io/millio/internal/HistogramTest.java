package io.millio.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistogramTest {
    private static final long WINDOW = 1000;
    private final Histogram histogram = new Histogram(WINDOW);

    @Test
    void nothingRecordedIsZero() {
        assertThat(histogram.max()).isZero();
        assertThat(histogram.percentile(0.5)).isZero();
        assertThat(histogram.percentile(1)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 7, 8, 9, 15, 16, 17, 1_000_000, 1L << 40, (1L << 62) - 1, 1L << 62, Long.MAX_VALUE})
    void aSingleValueIsReportedExactly(long value) {
        histogram.record(0, value);
        assertThat(histogram.max()).isEqualTo(value);
        assertThat(histogram.percentile(0.5)).as("cut to the maximum").isEqualTo(value);
        assertThat(histogram.percentile(1)).isEqualTo(value);
    }

    @Test
    void aNegativeValueCountsAsZero() {
        histogram.record(0, -5);
        assertThat(histogram.max()).isZero();
        assertThat(histogram.percentile(0.99)).isZero();
    }

    @Test
    void percentilesAreAtMostAnEighthTooHighAndNeverTooLow() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            Histogram h = new Histogram(WINDOW);
            long[] values = new long[1 + random.nextInt(3000)];
            int bits = 1 + random.nextInt(62);
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextLong() >>> (64 - bits);
                h.record(0, values[i]);
            }
            Arrays.sort(values);
            for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1}) {
                long exact = values[(int) Math.ceil(values.length * share) - 1];
                long got = h.percentile(share);
                assertThat(got)
                        .as("seed %d, %d values of %d bits, share %s", seed, values.length, bits, share)
                        .isGreaterThanOrEqualTo(exact)
                        .isLessThanOrEqualTo(exact + exact / 8);
            }
            assertThat(h.max()).as("seed %d", seed).isEqualTo(values[values.length - 1]);
        }
    }

    @Test
    void aValueStaysForAtLeastOneWindowAndGoesAfterTwo() {
        histogram.record(0, 500);
        histogram.record(WINDOW - 1, 1);
        assertThat(histogram.max()).isEqualTo(500);
        histogram.record(WINDOW, 1);
        assertThat(histogram.max()).as("in the window before").isEqualTo(500);
        histogram.record(2 * WINDOW, 1);
        assertThat(histogram.max()).as("two windows later").isEqualTo(1);
    }

    @Test
    void aLongPauseForgetsBothWindows() {
        histogram.record(0, 500);
        histogram.record(WINDOW, 400);
        histogram.record(10 * WINDOW, 3);
        assertThat(histogram.max()).isEqualTo(3);
        assertThat(histogram.percentile(1)).isEqualTo(3);
    }

    @Test
    void theClockMayPassItsLargestValue() {
        long start = Long.MAX_VALUE - WINDOW / 2;
        histogram.record(start, 7);
        histogram.record(start + WINDOW - 1, 9);
        assertThat(histogram.max()).isEqualTo(9);
        histogram.record(start + WINDOW, 1);
        histogram.record(start + 2 * WINDOW, 1);
        assertThat(histogram.max()).isEqualTo(1);
    }
}
