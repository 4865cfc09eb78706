package io.millio.pool;

/**
 * A pool's counters at one moment. Immutable, any thread; figures taken while others acquire and release are each
 * current but need not add up, at rest they do: {@code creations = used + free + discarded +} leaked and collected. Only
 * {@code bytesUsed + bytesFree} is exact at any time.
 *
 * @param bytesUsed capacity of the buffers now lent
 * @param bytesFree capacity of the buffers now kept for the next request
 * @param used buffers now lent
 * @param free buffers now kept
 * @param acquired successful acquisitions since the pool was built
 * @param creations buffers allocated since then
 * @param discarded buffers given up since then: trimmed, dropped for another size, or too large to keep
 * @param leaks buffers found to have been lost by their borrowers
 * @param maxBytes the bound of {@code bytesUsed + bytesFree}
 */
public record BufferPoolStats(
        long bytesUsed,
        long bytesFree,
        long used,
        long free,
        long acquired,
        long creations,
        long discarded,
        long leaks,
        long maxBytes) {}
