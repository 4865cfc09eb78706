package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByteScanTest {
    private static final int SIZE = 40;

    @Test
    void theFirstMatchIsFoundAtEveryPlaceInEveryRange() {
        for (ByteBuffer buffer : buffers()) {
            for (int wanted : new int[] {'\n', 0, 0x80, 0xFF}) {
                for (int neighbour : new int[] {wanted + 1, wanted - 1, wanted ^ 0x80, 'x'}) {
                    everyPlaceAndRange(buffer, (byte) wanted, (byte) neighbour);
                }
            }
        }
    }

    private static void everyPlaceAndRange(ByteBuffer buffer, byte wanted, byte neighbour) {
        for (int at = 0; at < SIZE; at++) {
            for (int i = 0; i < SIZE; i++) {
                buffer.put(i, neighbour);
            }
            buffer.put(at, wanted);
            buffer.put(Math.min(SIZE - 1, at + 3), wanted);
            for (int from = 0; from <= at; from++) {
                assertThat(ByteScan.indexOf(buffer, wanted, from, SIZE)).isEqualTo(at);
                assertThat(ByteScan.indexOf(buffer, wanted, from, at + 1)).isEqualTo(at);
                assertThat(ByteScan.indexOf(buffer, wanted, from, at)).isEqualTo(-1);
            }
        }
    }

    @Test
    void anEmptyRangeHasNoMatch() {
        ByteBuffer buffer = ByteBuffer.allocate(4);
        assertThat(ByteScan.indexOf(buffer, (byte) 0, 2, 2)).isEqualTo(-1);
        assertThat(ByteScan.indexOf(buffer, (byte) 0, 4, 4)).isEqualTo(-1);
    }

    private static List<ByteBuffer> buffers() {
        return List.of(
                ByteBuffer.allocate(SIZE),
                ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN),
                ByteBuffer.allocateDirect(SIZE),
                ByteBuffer.allocateDirect(SIZE).order(ByteOrder.LITTLE_ENDIAN));
    }
}
