package io.millio.time;

/**
 * A source of monotonic time. Any thread may ask it at any moment; an implementation must be thread-safe and must not
 * block.
 *
 * <p>The origin is arbitrary and the value may be negative or wrap around, so two readings are compared by subtraction
 * only: {@code a - b < 0} means that {@code a} was earlier, {@code a < b} means nothing.
 */
@FunctionalInterface
public interface Ticker {

    /** Nanoseconds since an arbitrary, fixed moment; never less than an earlier reading, compared by subtraction. */
    long nanos();

    /** The clock of the JVM. It follows no wall clock, so setting the date or a leap second changes nothing. */
    static Ticker system() {
        return System::nanoTime;
    }
}
