package io.millio.internal;

import java.time.Duration;

/** Argument checks whose messages name the value and the fix; stateless, for any thread. */
public final class Checks {
    private Checks() {}

    /** Returns {@code value} if it lies in [min, max]. */
    public static int range(String name, int value, int min, int max) {
        return (int) range(name, (long) value, min, max);
    }

    /** Returns {@code value} if it lies in [min, max]. */
    public static long range(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be between " + min + " and " + max + ", but is " + value);
        }
        return value;
    }

    /** Returns {@code value} if it is zero or longer. */
    public static Duration notNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative, but is " + value + "; 0 switches it off");
        }
        return value;
    }

    /** The duration in nanoseconds, saturated at {@link Long#MAX_VALUE} instead of overflowing after 292 years. */
    public static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException tooLong) {
            return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /** As {@link #nanos}, but at most half of the range: as good as for ever, and sums and differences with clocks stay in it. */
    public static long timeout(Duration duration) {
        return Math.min(nanos(duration), Long.MAX_VALUE / 2);
    }

    /** Returns {@code value} if it is a name usable in thread names, meters and messages. */
    public static String name(String what, String value) {
        if (value.isBlank() || value.length() > 128) {
            throw new IllegalArgumentException(what + " must have 1 to 128 characters, but is '" + value + "'");
        }
        return value;
    }
}
