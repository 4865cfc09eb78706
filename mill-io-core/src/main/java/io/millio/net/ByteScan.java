package io.millio.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Searches a buffer for a byte. Stateless; any thread that owns the buffer. */
final class ByteScan {
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private ByteScan() {}

    /**
     * The absolute index of the first {@code wanted} in [from, to), or -1. Eight bytes at a time: the zero-byte test is
     * the one in Warren, "Hacker's Delight", chapter 6.
     */
    static int indexOf(ByteBuffer in, byte wanted, int from, int to) {
        boolean swap = in.order() == ByteOrder.BIG_ENDIAN;
        long pattern = (wanted & 0xFF) * ONES;
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long word = in.getLong(at);
            // A borrow can mark bytes above the first match, so the lowest mark alone is exact, and the first byte
            // has to be the lowest.
            long difference = (swap ? Long.reverseBytes(word) : word) ^ pattern;
            long matches = (difference - ONES) & ~difference & HIGH_BITS;
            if (matches != 0) {
                return at + (Long.numberOfTrailingZeros(matches) >>> 3);
            }
        }
        for (; at < to; at++) {
            if (in.get(at) == wanted) {
                return at;
            }
        }
        return -1;
    }
}
