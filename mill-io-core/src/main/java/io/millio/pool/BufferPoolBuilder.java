package io.millio.pool;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Options of a {@link BufferPool}; owned by the thread that builds, may be used for several pools. */
public final class BufferPoolBuilder {
    private static final long DEFAULT_MAX_BYTES = 64L << 20;
    private static final long DEFAULT_TRIM_FLOOR = 1L << 20;

    private String name = "buffers";
    private long maxBytes = DEFAULT_MAX_BYTES;
    private long trimFloor = DEFAULT_TRIM_FLOOR;
    private @Nullable LeakDetection leakDetection;
    private Consumer<? super LeakReport> leakListener = PoolLog::log;

    BufferPoolBuilder() {}

    /** The name that leak reports and error messages use; "buffers" by default. */
    public BufferPoolBuilder name(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return this;
    }

    /**
     * Bound of all capacities, lent and kept, in bytes; 64 MiB by default, 0 lends nothing.
     *
     * @throws IllegalArgumentException if negative
     */
    public BufferPoolBuilder maxBytes(long maxBytes) {
        this.maxBytes = atLeastZero("maxBytes", maxBytes);
        return this;
    }

    /**
     * How many bytes {@link BufferPool#trim()} leaves in the pool, if that many are kept; 1 MiB by default.
     *
     * @throws IllegalArgumentException if negative
     */
    public BufferPoolBuilder trimFloor(long bytes) {
        this.trimFloor = atLeastZero("trimFloor", bytes);
        return this;
    }

    /** The default is what the system property {@value LeakDetection#PROPERTY} says at {@link #build()}. */
    public BufferPoolBuilder leakDetection(LeakDetection mode) {
        this.leakDetection = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /**
     * Told of each leak, once. Called by whichever thread noticed it inside a method of the pool, under no lock, so it
     * must not block and may use the pool; what it throws is logged. The default logs the leaks whose number is a power
     * of two.
     */
    public BufferPoolBuilder leakListener(Consumer<? super LeakReport> listener) {
        this.leakListener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * A new, empty pool with these options.
     *
     * @throws IllegalArgumentException if no mode was chosen and the system property of {@link LeakDetection} has an
     *     unknown value
     */
    public BufferPool build() {
        return build(ByteBuffer::allocateDirect, 2 * Runtime.getRuntime().availableProcessors());
    }

    /** With a source of memory and a number of stripes of the test's choice. */
    BufferPool build(IntFunction<ByteBuffer> allocator, int stripes) {
        return new BufferPool(this, allocator, stripes);
    }

    String name() {
        return name;
    }

    long maxBytes() {
        return maxBytes;
    }

    long trimFloor() {
        return trimFloor;
    }

    LeakDetection leakDetection() {
        return leakDetection != null ? leakDetection : LeakDetection.fromSystemProperty();
    }

    Consumer<? super LeakReport> leakListener() {
        return leakListener;
    }

    private static long atLeastZero(String option, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(option + " is " + value + "; give a number of bytes, 0 or more");
        }
        return value;
    }
}
