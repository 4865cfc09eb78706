package io.millio.pool;

import org.jspecify.annotations.Nullable;

/**
 * Something was acquired and became unreachable before it was released. Immutable, any thread.
 *
 * @param pool the pool's name
 * @param number which leak of this pool it is, from 1
 * @param bytes what the leaked object counts against the pool's bound of bytes
 * @param acquiredAt the stack of the acquiring thread, or null if this loan was not tracked
 */
public record LeakReport(
        String pool, long number, long bytes, @Nullable Throwable acquiredAt) {}
