package io.millio.pool;

/**
 * A pool's counters at one moment. Immutable, any thread; figures taken while others acquire and release are each
 * current but need not add up, at rest they do: {@code creations = used + free + discarded +} leaked and collected.
 *
 * @param used objects now lent
 * @param free objects now kept
 * @param acquired successful acquisitions since the pool was built
 * @param creations objects allocated since then
 * @param discarded objects given up since then: trimmed, invalid, too heavy, or broken by a hook
 * @param leaks objects found to have been lost by their borrowers
 * @param maxObjects the bound of {@code used + free}
 * @param bytes what all objects, lent and kept, weighed when they were last weighed; 0 without a weigher
 * @param maxBytes the bound of {@code bytes}
 */
public record ObjectPoolStats(
        long used,
        long free,
        long acquired,
        long creations,
        long discarded,
        long leaks,
        long maxObjects,
        long bytes,
        long maxBytes) {}
