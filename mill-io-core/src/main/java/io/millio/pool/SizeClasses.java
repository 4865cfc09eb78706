package io.millio.pool;

/** The capacities that a {@link BufferPool} keeps: powers of two from 256 bytes to 1 MiB. Constants, any thread. */
final class SizeClasses {
    static final int COUNT = 13;
    private static final int SMALLEST_SHIFT = 8;
    private static final int LARGEST = 1 << (SMALLEST_SHIFT + COUNT - 1);
    private static final int PAGE = 4096;

    private SizeClasses() {}

    /** The class whose buffers hold {@code minCapacity} bytes; {@link #COUNT} or more if none does. */
    static int indexFor(int minCapacity) {
        int last = Math.max(minCapacity, 1 << SMALLEST_SHIFT) - 1;
        return Integer.SIZE - Integer.numberOfLeadingZeros(last) - SMALLEST_SHIFT;
    }

    static int capacityOf(int index) {
        return 1 << (SMALLEST_SHIFT + index);
    }

    /** What is allocated for a request: its class, or whole pages above the largest class. */
    static int capacityFor(int minCapacity) {
        if (minCapacity <= LARGEST) {
            return capacityOf(indexFor(minCapacity));
        }
        long pages = (minCapacity + (long) PAGE - 1) / PAGE;
        return (int) Math.min(pages * PAGE, Integer.MAX_VALUE);
    }
}
