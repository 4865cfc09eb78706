package io.millio.net;

import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides by the state of the loop's memory whether a reactor reads. Owned by the reactor.
 *
 * <p>Reading stops when a quarter of the memory is in use, by whichever connections and for whichever direction, so that what has
 * been read can be answered out of the rest: buffers are seldom full, and answers may be larger than questions. Between a quarter and
 * a half, connections that hold none of it still read, a little at a time, or a few peers that never read would silence all others.
 * One buffer is kept back besides, so that bytes already read can always be kept when the rest is used up, too.
 *
 * <p>Asking the pool costs more than a small read. So it is asked again only after as many reads as could bring, each answered several
 * times over, half of what was free when it was asked last.
 */
final class ReadReserve {
    private static final int BYTES = 64 * 1024;

    private static final int BYTES_WHEN_SHORT = 4 * 1024;

    /** What a read may bring, and what is written in answer to it. */
    private static final int BYTES_PER_READ = 4 * BYTES;

    private static final int MAX_READS_BETWEEN_LOOKS = 1024;

    private final BufferPool pool;
    private final List<Intake> waiting = new ArrayList<>();
    private @Nullable PooledBuffer spare;
    private int readsUntilLook;
    private boolean enough;

    /** Any thread: half of the memory is in use. */
    private volatile boolean crowded;

    ReadReserve(BufferPool pool) {
        this.pool = pool;
    }

    /** How many bytes a read may bring now; 0 if there must be none. */
    int readable(Intake intake) {
        if (--readsUntilLook < 0) {
            look();
        }
        if (!enough && (crowded || !intake.holdsNone())) {
            return 0;
        }
        if (spare == null) {
            spare = pool.tryAcquire(BYTES);
        }
        return spare == null ? 0 : enough ? BYTES : BYTES_WHEN_SHORT;
    }

    private void look() {
        long used = pool.bytesInUse() - (spare == null ? 0 : BYTES);
        long free = pool.maxBytes() / 4 - used;
        enough = free > 0;
        crowded = used > pool.maxBytes() / 2;
        readsUntilLook = (int) Math.max(0, Math.min(free / 2 / BYTES_PER_READ, MAX_READS_BETWEEN_LOOKS));
    }

    /** Any thread: whether memory was so scarce at the last look that a connection should write no more than it has to. */
    boolean isCrowded() {
        return crowded;
    }

    /** The spare buffer; {@link #readable} allowed it before the read. */
    PooledBuffer take() {
        PooledBuffer taken = spare;
        if (taken == null) {
            throw new IllegalStateException("bytes were read without a reserve to keep them");
        }
        spare = null;
        return taken;
    }

    /** Has it resumed when {@link #retry} finds memory for it; true if nobody else was waiting, so that a retry must be scheduled. */
    boolean await(Intake intake) {
        waiting.add(intake);
        return waiting.size() == 1;
    }

    /** Resumes all that may read again; false if some may not, and it is to be called again. */
    boolean retry() {
        readsUntilLook = 0;
        List<Intake> resumed = new ArrayList<>();
        List<Intake> kept = new ArrayList<>();
        for (Intake intake : waiting) {
            (readable(intake) > 0 ? resumed : kept).add(intake);
        }
        waiting.clear();
        waiting.addAll(kept);
        boolean nobodyWaits = waiting.isEmpty();
        resumed.forEach(Intake::memoryIsBack);
        return nobodyWaits;
    }

    /** Nobody reads any more: gives the buffer back, and forgets who waited. */
    void release() {
        waiting.clear();
        crowded = false;
        readsUntilLook = 0;
        if (spare != null) {
            spare.release();
            spare = null;
        }
    }
}
