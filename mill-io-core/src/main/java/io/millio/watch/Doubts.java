package io.millio.watch;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Which directories of a tree are to be looked at, and when; owned by the watch thread. */
final class Doubts {
    /**
     * How often it is seen to the root, which can be moved away or come back without a notification, and to what has
     * failed.
     */
    static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Names in doubt in all directories together; directories with more are read whole. */
    private static final int MAX_NAMES = 65_536;

    private final LongSupplier nanos;
    private final long coalesceNanos;
    private final long lookNanos;

    /** Something in them may have changed. */
    private final Queue<Directory> dirty = new ArrayDeque<>();

    /** What could not be read, or is not watched, and is looked at again and again. */
    private final Set<Directory> failed = new LinkedHashSet<>();

    private int names;

    /** From the first doubt to the look. */
    private long window;

    private long dirtyAt;
    private long rootAt;
    private long failedAt;

    Doubts(LongSupplier nanos, long coalesceNanos, long lookNanos) {
        this.nanos = nanos;
        this.lookNanos = lookNanos;
        this.coalesceNanos = coalesceNanos;
        this.window = coalesceNanos;
    }

    void mark(Directory directory) {
        if (!directory.dirty) {
            directory.dirty = true;
            if (dirty.isEmpty()) {
                dirtyAt = nanos.getAsLong() + window;
            }
            dirty.add(directory);
        }
    }

    @Nullable
    Directory poll() {
        Directory next = dirty.poll();
        if (next != null) {
            next.dirty = false;
        }
        return next;
    }

    /** Whether a directory may keep one more. */
    boolean mayKeepName() {
        return names < MAX_NAMES && ++names > 0;
    }

    void namesTaken(int count) {
        names -= count;
    }

    void failed(Directory directory) {
        failed.add(directory);
    }

    boolean hasFailed() {
        return !failed.isEmpty();
    }

    void forget(Directory directory) {
        failed.remove(directory);
    }

    void clear() {
        dirty.clear();
        failed.clear();
    }

    /** How long until something is to be looked at. */
    long untilLook(long now) {
        long next = rootAt - now;
        if (!dirty.isEmpty()) {
            next = Math.min(next, dirtyAt - now);
        }
        if (hasFailed()) {
            next = Math.min(next, failedAt - now);
        }
        return next;
    }

    /** Whether changes have been gathered for long enough. */
    boolean isDue(long now) {
        return !dirty.isEmpty() && dirtyAt - now <= 0;
    }

    /** Doubts what has failed, if it is time; returns whether it is. */
    boolean retry(long now) {
        if (!hasFailed() || failedAt - now > 0) {
            return false;
        }
        failed.forEach(Directory::doubtAll);
        failed.clear();
        return true;
    }

    /** Plans the next look at the end of one. */
    void looked(long start, boolean retried) {
        long end = nanos.getAsLong();
        rootAt = end + lookNanos;
        // A look that takes long is followed by a wait as long, within reason, and one that nobody has asked for by a
        // longer one.
        window = Math.max(coalesceNanos, Math.min(LOOK_NANOS, end - start));
        if (retried || !hasFailed()) {
            failedAt = end + Math.max(lookNanos, 10 * (end - start));
        }
    }
}
