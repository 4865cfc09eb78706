package io.millio.pool;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Options of an {@link ObjectPool}; owned by the thread that builds, may be used for several pools.
 *
 * <p>The hooks are called by the thread that acquires, releases or trims, under no lock, for one object at a time; they
 * must not block longer than those threads may. What a hook throws is passed to that caller, with the object discarded
 * and nothing else harmed; only the discard hook's failures are logged instead.
 *
 * @param <T> what is lent
 */
public final class ObjectPoolBuilder<T> {
    private static final int DEFAULT_MAX_OBJECTS = 256;
    private static final long DEFAULT_MAX_BYTES = 64L << 20;

    private final Supplier<? extends T> allocator;
    private String name = "objects";
    private int maxObjects = DEFAULT_MAX_OBJECTS;
    private long maxBytes = DEFAULT_MAX_BYTES;
    private int trimFloor;
    private @Nullable ToLongFunction<? super T> weigher;
    private Predicate<? super T> validator = object -> true;
    private Consumer<? super T> reset = object -> {};
    private Consumer<? super T> onDiscard = object -> {};
    private @Nullable LeakDetection leakDetection;
    private Consumer<? super LeakReport> leakListener = PoolLog::log;

    ObjectPoolBuilder(Supplier<? extends T> allocator) {
        this.allocator = Objects.requireNonNull(allocator, "allocator");
    }

    /** The name that leak reports and error messages use; "objects" by default. */
    public ObjectPoolBuilder<T> name(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return this;
    }

    /**
     * Bound of the objects, lent and kept; 256 by default, 0 lends nothing.
     *
     * @throws IllegalArgumentException if negative
     */
    public ObjectPoolBuilder<T> maxObjects(int maxObjects) {
        this.maxObjects = (int) atLeastZero("maxObjects", maxObjects);
        return this;
    }

    /**
     * Bound of what the objects weigh, lent and kept together, in bytes; 64 MiB by default. Without a
     * {@link #weigher} objects weigh nothing.
     *
     * @throws IllegalArgumentException if negative
     */
    public ObjectPoolBuilder<T> maxBytes(long maxBytes) {
        this.maxBytes = atLeastZero("maxBytes", maxBytes);
        return this;
    }

    /**
     * Says how many bytes an object holds, 0 or more. Asked when it has been allocated and after each reset; an object
     * that does not fit then is discarded.
     */
    public ObjectPoolBuilder<T> weigher(ToLongFunction<? super T> hook) {
        this.weigher = Objects.requireNonNull(hook, "hook");
        return this;
    }

    /** Called when an object was given back, before it is kept. */
    public ObjectPoolBuilder<T> reset(Consumer<? super T> hook) {
        this.reset = Objects.requireNonNull(hook, "hook");
        return this;
    }

    /** Called before a kept object is lent again; one for which it is false is discarded and another one tried. */
    public ObjectPoolBuilder<T> validate(Predicate<? super T> hook) {
        this.validator = Objects.requireNonNull(hook, "hook");
        return this;
    }

    /** Called with each object that the pool gives up, last; not with one that its borrower lost. */
    public ObjectPoolBuilder<T> onDiscard(Consumer<? super T> hook) {
        this.onDiscard = Objects.requireNonNull(hook, "hook");
        return this;
    }

    /**
     * How many objects {@link ObjectPool#trim()} leaves in the pool, if that many are kept; 0 by default.
     *
     * @throws IllegalArgumentException if negative
     */
    public ObjectPoolBuilder<T> trimFloor(int objects) {
        this.trimFloor = (int) atLeastZero("trimFloor", objects);
        return this;
    }

    /** The default is what the system property {@value LeakDetection#PROPERTY} says at {@link #build()}. */
    public ObjectPoolBuilder<T> leakDetection(LeakDetection mode) {
        this.leakDetection = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /** As {@link BufferPoolBuilder#leakListener}. */
    public ObjectPoolBuilder<T> leakListener(Consumer<? super LeakReport> listener) {
        this.leakListener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * A new, empty pool with these options.
     *
     * @throws IllegalArgumentException if no mode was chosen and the system property of {@link LeakDetection} has an
     *     unknown value
     */
    public ObjectPool<T> build() {
        LeakDetection mode = leakDetection != null ? leakDetection : LeakDetection.fromSystemProperty();
        Hooks<T> hooks = new Hooks<>(allocator, weigher, validator, reset, onDiscard);
        return new ObjectPool<>(name, maxObjects, maxBytes, trimFloor, hooks, mode, leakListener);
    }

    private static long atLeastZero(String option, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(option + " is " + value + "; give 0 or more");
        }
        return value;
    }

    /** What the user's code does for a pool. */
    record Hooks<T>(
            Supplier<? extends T> allocator,
            @Nullable ToLongFunction<? super T> weigher,
            Predicate<? super T> validator,
            Consumer<? super T> reset,
            Consumer<? super T> onDiscard) {}
}
