package io.millio.net;

import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One buffer that a reactor keeps back, so that bytes already read can always be kept when the loop's memory is used up: without it
 * nothing is read. Owned by the reactor.
 */
final class ReadReserve {
    private static final int BYTES = 64 * 1024;

    private final BufferPool pool;
    private final List<Runnable> waiting = new ArrayList<>();
    private @Nullable PooledBuffer spare;

    ReadReserve(BufferPool pool) {
        this.pool = pool;
    }

    /** Whether a read may be made now. */
    boolean isReady() {
        if (spare == null) {
            spare = pool.tryAcquire(BYTES);
        }
        return spare != null;
    }

    /** The spare buffer; {@link #isReady} was true before the read. */
    PooledBuffer take() {
        PooledBuffer taken = spare;
        if (taken == null) {
            throw new IllegalStateException("bytes were read without a reserve to keep them");
        }
        spare = null;
        return taken;
    }

    /** Calls back when {@link #retry} finds memory again; true if nobody else was waiting, so that a retry must be scheduled. */
    boolean await(Runnable resume) {
        waiting.add(resume);
        return waiting.size() == 1;
    }

    /** Resumes all that wait if there is memory; else false, and is to be called again. */
    boolean retry() {
        if (waiting.isEmpty()) {
            return true;
        }
        if (!isReady()) {
            return false;
        }
        List<Runnable> resumed = List.copyOf(waiting);
        waiting.clear();
        resumed.forEach(Runnable::run);
        return true;
    }

    /** Nobody reads any more: gives the buffer back, and forgets who waited. */
    void release() {
        waiting.clear();
        if (spare != null) {
            spare.release();
            spare = null;
        }
    }
}
