package io.millio.pool;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Lends direct buffers in size classes, bounded by bytes. Every method may be called by any thread, and a buffer may be
 * released by another thread than the one that acquired it.
 *
 * <pre>{@code
 * BufferPool pool = BufferPool.create(64 << 20);
 * PooledBuffer pooled = pool.tryAcquire(8192);
 * if (pooled != null) {
 *     try {
 *         channel.read(pooled.buffer());
 *     } finally {
 *         pooled.release();
 *     }
 * }
 * }</pre>
 *
 * <p>Requests are rounded up to a power of two between 256 bytes and 1 MiB; such buffers are kept for the next request.
 * Larger ones are rounded up to 4 KiB and given up at their release. The bound counts capacities, lent and kept
 * together, and is never exceeded, not for an instant. A request that finds it reached is served from what is kept in
 * the next two larger classes, then by giving up buffers kept in other classes, and only then refused.
 *
 * <p>Acquiring what is kept allocates nothing, waits for nothing and does not clear the memory: a borrower sees what the
 * last one left. Allocating is another matter: the JVM zeroes new direct memory, and when its own limit
 * ({@code -XX:MaxDirectMemorySize}) is reached it runs the garbage collector first. A buffer that is given up no longer
 * counts here, but its memory goes back to the operating system only after the garbage collector has found it.
 *
 * <p>Leaks are noticed in passing, by acquisitions that allocate, {@link #trim()} and {@link #stats()}; with
 * {@link LeakDetection} on by every acquisition.
 */
public final class BufferPool {
    /** How many classes above the requested one may serve it when the bound is reached. */
    private static final int LARGER_CLASSES = 2;

    private final String name;
    private final long trimFloor;
    private final IntFunction<ByteBuffer> allocator;
    private final Budget budget;
    private final LeakTracker tracker;
    private final StripedStack<PooledBuffer>[] classes;
    private final AtomicLong creations = new AtomicLong();
    private final AtomicLong discarded = new AtomicLong();
    private final AtomicLong died = new AtomicLong();

    @SuppressWarnings({"unchecked", "rawtypes"})
    BufferPool(BufferPoolBuilder options, IntFunction<ByteBuffer> allocator, int stripes) {
        name = options.name();
        trimFloor = options.trimFloor();
        budget = new Budget(options.maxBytes());
        tracker = new LeakTracker(options.leakDetection(), name, options.leakListener(), this::died);
        classes = new StripedStack[SizeClasses.COUNT];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = new StripedStack<>(stripes);
        }
        this.allocator = allocator;
    }

    /**
     * A pool with the defaults of {@link #builder()} and this bound.
     *
     * @param maxBytes bound of all capacities, lent and kept; 0 lends nothing
     * @throws IllegalArgumentException if {@code maxBytes} is negative, or the system property of
     *     {@link LeakDetection} has an unknown value
     */
    public static BufferPool create(long maxBytes) {
        return builder().maxBytes(maxBytes).build();
    }

    /** The options of a new pool. */
    public static BufferPoolBuilder builder() {
        return new BufferPoolBuilder();
    }

    /**
     * A cleared direct buffer of at least {@code minCapacity} bytes, or null when the pool's bound of bytes, or the
     * JVM's direct memory, is used up.
     *
     * @param minCapacity in bytes, from 0
     * @throws IllegalArgumentException if {@code minCapacity} is negative
     */
    public @Nullable PooledBuffer tryAcquire(int minCapacity) {
        if (minCapacity < 0) {
            throw new IllegalArgumentException(
                    "minCapacity is " + minCapacity + "; ask for 0 bytes or more from pool '" + name + "'");
        }
        int sizeClass = SizeClasses.indexFor(minCapacity);
        PooledBuffer kept = sizeClass < classes.length ? classes[sizeClass].pop() : null;
        PooledBuffer found = kept != null ? kept : grow(sizeClass, minCapacity);
        return found != null ? lend(found) : null;
    }

    private PooledBuffer lend(PooledBuffer kept) {
        kept.prepare();
        if (!tracker.isDetecting()) {
            kept.open(null);
            return kept;
        }
        tracker.collect();
        PooledBuffer handle = kept.successor();
        handle.open(tracker.lend(handle));
        return handle;
    }

    private @Nullable PooledBuffer grow(int sizeClass, int minCapacity) {
        int capacity = SizeClasses.capacityFor(minCapacity);
        tracker.collect();
        if (budget.tryReserve(capacity)) {
            PooledBuffer created = create(capacity, sizeClass);
            return created != null ? created : popLarger(sizeClass);
        }
        PooledBuffer larger = popLarger(sizeClass);
        if (larger != null) {
            return larger;
        }
        return makeRoom(capacity) ? create(capacity, sizeClass) : null;
    }

    /** The caller has reserved {@code capacity}; unless a buffer comes of it the reservation ends here. */
    private @Nullable PooledBuffer create(int capacity, int sizeClass) {
        PooledBuffer created = null;
        try {
            ByteBuffer memory = allocator.apply(capacity);
            created = new PooledBuffer(this, memory, sizeClass, tracker.watch(memory, capacity));
            creations.incrementAndGet();
        } catch (OutOfMemoryError e) {
            // the JVM's limit, not ours: refused like any other request that does not fit
        } finally {
            if (created == null) {
                budget.giveBack(capacity);
            }
        }
        return created;
    }

    private @Nullable PooledBuffer popLarger(int sizeClass) {
        int last = Math.min(sizeClass + LARGER_CLASSES, classes.length - 1);
        for (int i = sizeClass + 1; i <= last; i++) {
            PooledBuffer larger = classes[i].pop();
            if (larger != null) {
                return larger;
            }
        }
        return null;
    }

    /** Reserves {@code capacity} by giving up kept buffers, the largest first; gives up none if all were too few. */
    private boolean makeRoom(int capacity) {
        if (budget.reserved() - bytesKept() + capacity > budget.max()) {
            return false;
        }
        for (int i = classes.length - 1; i >= 0; i--) {
            PooledBuffer evicted;
            while ((evicted = classes[i].evict()) != null) {
                discard(evicted);
                if (budget.tryReserve(capacity)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Called once per loan, by {@link PooledBuffer#release()}. */
    void takeBack(PooledBuffer buffer) {
        tracker.end(buffer);
        if (buffer.sizeClass() >= classes.length || !keep(buffer)) {
            discard(buffer);
        }
    }

    private boolean keep(PooledBuffer buffer) {
        try {
            classes[buffer.sizeClass()].push(buffer);
            return true;
        } catch (OutOfMemoryError e) { // no heap for a longer stack: the borrower did nothing wrong
            return false;
        }
    }

    private void discard(PooledBuffer buffer) {
        try {
            tracker.forget(buffer.life());
            discarded.incrementAndGet();
            budget.giveBack(buffer.capacity());
        } finally {
            Reference.reachabilityFence(buffer); // or the collector may find it before it is forgotten: a false leak
        }
    }

    private void died(long bytes) {
        died.incrementAndGet();
        budget.giveBack(bytes);
    }

    /**
     * Gives up kept buffers that nobody needed since the last call, those unused for longest first, until no more than
     * the floor is kept. Meant to be called by the pool's owner at a steady interval of some seconds, from a timer;
     * a buffer is given up between one and two intervals after its last use. Takes microseconds, more with thousands of
     * buffers to give up, and never waits for a borrower.
     *
     * @return the bytes given up
     */
    public long trim() {
        tracker.collect();
        long spare = bytesKept() - trimFloor;
        long trimmed = 0;
        for (int i = classes.length - 1; i >= 0; i--) {
            int capacity = SizeClasses.capacityOf(i);
            long most = Math.max(0, spare - trimmed) / capacity;
            trimmed +=
                    (long) capacity * classes[i].removeUnused((int) Math.min(most, Integer.MAX_VALUE), this::discard);
        }
        return trimmed;
    }

    /** The counters of this moment; walks the pool's stripes, for meters and tests rather than for every request. */
    public BufferPoolStats stats() {
        tracker.collect();
        long bytesFree = 0;
        long free = 0;
        long acquired = creations.get();
        for (int i = 0; i < classes.length; i++) {
            long size = classes[i].size();
            free += size;
            bytesFree += size * SizeClasses.capacityOf(i);
            acquired += classes[i].lent();
        }
        long alive = creations.get() - discarded.get() - died.get();
        long reserved = budget.reserved();
        bytesFree = Math.min(bytesFree, reserved); // a buffer that moved between two stripes was counted twice
        return new BufferPoolStats(
                reserved - bytesFree,
                bytesFree,
                Math.max(0, alive - free),
                free,
                acquired,
                creations.get(),
                discarded.get(),
                tracker.leaks(),
                budget.max());
    }

    /** The bound of all capacities, lent and kept. */
    public long maxBytes() {
        return budget.max();
    }

    /** Capacities lent at this moment, about: walks the pool's stripes, but allocates nothing. */
    public long bytesInUse() {
        return Math.max(0, budget.reserved() - bytesKept());
    }

    /** The name that reports and messages use. */
    public String name() {
        return name;
    }

    private long bytesKept() {
        long sum = 0;
        for (int i = 0; i < classes.length; i++) {
            sum += (long) classes[i].size() * SizeClasses.capacityOf(i);
        }
        return sum;
    }
}
