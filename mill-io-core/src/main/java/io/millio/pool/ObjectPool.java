package io.millio.pool;

import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lends objects that are costly to make, bounded by count and, with a weigher, by bytes. Every method may be called by
 * any thread, and an object may be released by another thread than the one that acquired it.
 *
 * <pre>{@code
 * ObjectPool<Deflater> pool = ObjectPool.builder(Deflater::new)
 *         .reset(Deflater::reset)
 *         .onDiscard(Deflater::end)
 *         .build();
 * try (Pooled<Deflater> deflater = pool.tryAcquire()) {
 *     if (deflater != null) {
 *         deflater.get().setInput(data);
 *     }
 * }
 * }</pre>
 *
 * <p>Both bounds count what is lent and what is kept, and are never exceeded by what the pool has weighed; an object
 * that grows while it is lent is weighed again when it comes back. A thread is lent the object that it released last, if
 * nobody else took that one; over all threads there is no such order. Acquiring and releasing what is kept allocates
 * nothing and waits for nothing but the hooks.
 *
 * <p>Leaks are noticed in passing, by acquisitions that allocate, {@link #trim()} and {@link #stats()}; with
 * {@link LeakDetection} on by every acquisition. Not for connections: an object is not checked while it is idle, has no
 * age, and nobody waits for one.
 *
 * @param <T> what is lent
 */
public final class ObjectPool<T> {
    private final String name;
    private final int trimFloor;
    private final ObjectPoolBuilder.Hooks<T> hooks;
    private final Budget count;
    private final Budget bytes;
    private final LeakTracker tracker;
    private final StripedStack<Pooled<T>> kept =
            new StripedStack<>(2 * Runtime.getRuntime().availableProcessors());
    private final AtomicLong creations = new AtomicLong();
    private final AtomicLong discarded = new AtomicLong();
    private final AtomicLong notLent = new AtomicLong(); // popped or created, and found unfit
    private final AtomicLong failedDiscards = new AtomicLong();

    ObjectPool(
            String name,
            int maxObjects,
            long maxBytes,
            int trimFloor,
            ObjectPoolBuilder.Hooks<T> hooks,
            LeakDetection mode,
            Consumer<? super LeakReport> leakListener) {
        this.name = name;
        this.trimFloor = trimFloor;
        this.hooks = hooks;
        count = new Budget(maxObjects);
        bytes = new Budget(maxBytes);
        tracker = new LeakTracker(mode, name, leakListener, this::giveBack);
    }

    /**
     * The options of a new pool.
     *
     * @param allocator makes a new object, never null; called by the acquiring thread, by several at once
     * @param <T> what is lent
     */
    public static <T> ObjectPoolBuilder<T> builder(Supplier<? extends T> allocator) {
        return new ObjectPoolBuilder<>(allocator);
    }

    /**
     * An object that is valid and has been reset, or is new; null when a bound is reached.
     *
     * @throws RuntimeException what allocator, weigher or validator threw; the object concerned is discarded
     */
    public @Nullable Pooled<T> tryAcquire() {
        Pooled<T> idle;
        while ((idle = kept.pop()) != null) {
            if (isValid(idle)) {
                return lend(idle);
            }
        }
        Pooled<T> created = create();
        return created != null ? lend(created) : null;
    }

    private Pooled<T> lend(Pooled<T> idle) {
        if (!tracker.isDetecting()) {
            idle.open(null);
            return idle;
        }
        tracker.collect();
        Pooled<T> handle = idle.successor();
        handle.open(tracker.lend(handle));
        return handle;
    }

    private boolean isValid(Pooled<T> idle) {
        boolean valid = false;
        try {
            valid = hooks.validator().test(idle.object());
        } finally {
            if (!valid) {
                notLent.incrementAndGet();
                discard(idle);
            }
        }
        return valid;
    }

    private @Nullable Pooled<T> create() {
        tracker.collect();
        if (isHeavyEnough() || !count.tryReserve(1)) {
            return null;
        }
        Pooled<T> created = allocate();
        boolean fits = false;
        try {
            fits = weigh(created);
        } finally {
            if (!fits) {
                notLent.incrementAndGet();
                discard(created);
            }
        }
        return fits ? created : null;
    }

    /** Spares the allocation of an object that could only fit if it weighed nothing. */
    private boolean isHeavyEnough() {
        return hooks.weigher() != null && bytes.reserved() >= bytes.max();
    }

    private Pooled<T> allocate() {
        Pooled<T> created = null;
        try {
            T object = hooks.allocator().get();
            if (object == null) {
                throw new NullPointerException("the allocator of pool '" + name + "' gave null; let it make an object");
            }
            created = new Pooled<>(this, object, tracker.watch(object, 0));
            creations.incrementAndGet();
            return created;
        } finally {
            if (created == null) {
                count.giveBack(1);
            }
        }
    }

    /** Brings the budget up to date with what the object weighs now; false if that does not fit. */
    private boolean weigh(Pooled<T> pooled) {
        if (hooks.weigher() == null) {
            return true;
        }
        long now = hooks.weigher().applyAsLong(pooled.object());
        if (now < 0) {
            throw new IllegalArgumentException(
                    "the weigher of pool '" + name + "' gave " + now + " bytes; let it give 0 or more");
        }
        long before = pooled.life().bytes();
        if (now > before && !bytes.tryReserve(now - before)) {
            return false;
        }
        pooled.life().bytes(now);
        if (now < before) {
            bytes.giveBack(before - now);
        }
        return true;
    }

    /** Called once per loan, by {@link Pooled#release()}. */
    void takeBack(Pooled<T> pooled) {
        tracker.end(pooled);
        boolean isKept = false;
        try {
            hooks.reset().accept(pooled.object());
            if (weigh(pooled)) {
                kept.push(pooled);
                isKept = true;
            }
        } finally {
            if (!isKept) {
                discard(pooled);
            }
        }
    }

    private void discard(Pooled<T> pooled) {
        tracker.forget(pooled.life());
        discarded.incrementAndGet();
        try {
            hooks.onDiscard().accept(pooled.object());
        } catch (RuntimeException e) {
            PoolLog.discardFailed(name, failedDiscards.incrementAndGet(), e);
        } finally {
            giveBack(pooled.life().bytes());
            Reference.reachabilityFence(pooled);
        }
    }

    private void giveBack(long weight) {
        count.giveBack(1);
        bytes.giveBack(weight);
    }

    /**
     * Discards kept objects that nobody needed since the last call, those unused for longest first, until no more than
     * the floor is kept. Meant to be called by the pool's owner at a steady interval of some seconds, from a timer.
     *
     * @return how many objects were discarded
     */
    public int trim() {
        tracker.collect();
        return kept.removeUnused(Math.max(0, kept.size() - trimFloor), this::discard);
    }

    /** The counters of this moment; for meters and tests rather than for every request. */
    public ObjectPoolStats stats() {
        tracker.collect();
        long free = kept.size();
        return new ObjectPoolStats(
                Math.max(0, count.reserved() - free),
                free,
                kept.lent() + creations.get() - notLent.get(),
                creations.get(),
                discarded.get(),
                tracker.leaks(),
                count.max(),
                bytes.reserved(),
                bytes.max());
    }

    /** The name that reports and messages use. */
    public String name() {
        return name;
    }
}
