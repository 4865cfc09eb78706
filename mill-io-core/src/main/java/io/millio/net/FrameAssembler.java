package io.millio.net;

import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one connection into frames, holding what is unfinished. Owned by the thread that delivers for the
 * connection; if that changes, the hand-over must publish everything written before.
 *
 * <pre>{@code
 * ByteBuffer frame;
 * while ((frame = assembler.next(in)) != null) {
 *     handler.onData(connection, frame);
 *     assembler.endLoan();
 * }
 * }</pre>
 *
 * <p>A frame that lies in {@code in} is a slice of it and costs that one object. Only when {@code in} ends within a
 * frame is its beginning copied into a pooled buffer, which the rest then joins:
 *
 * <pre>{@code
 *            next: frame lies in `in`                next: still unfinished
 *                  +-----+                                 +-----+
 *                  v     |                                 v     |
 *   begin ----> EMPTY ---+-- next: `in` used up -------> HELD ---+
 *                 ^        within a frame                  |
 *                 +-------- endLoan --------- LENT --------+ next: complete, or end: a last line
 * }</pre>
 *
 * <p>An idle connection holds no buffer: one is acquired for an unfinished frame and goes back as soon as the frame has
 * been dealt with. It grows by doubling as bytes arrive, up to the largest legal frame, never by what a peer announces.
 * If the codec knows how many bytes are missing, exactly those are copied; if it does not, at most as many as are held
 * already, and those beyond the frame's end are handed back to {@code in}. Either way copying stays linear in the bytes
 * of the frames held.
 *
 * <p>After TOO_LARGE or MALFORMED the stream is out of step; all that is left is {@link #release()}. NO_MEMORY loses
 * nothing: {@code in} stands after the last byte that is held, and {@link #next} may be called again.
 */
final class FrameAssembler {
    private static final int LEAST_COPY = 64;

    private final FrameCodec codec;
    private final BufferPool pool;
    private final int maxFrame;
    private final int largestTotal;
    private final boolean deliversPartialAtEnd;

    private @Nullable PooledBuffer partial;
    private int count; // bytes in partial
    private int examined; // how many of them the codec has seen
    private int missing; // bytes that the codec wants at least before it is asked again; 0: it does not know
    private boolean lent; // the handler has a slice of partial
    private boolean truncated;

    /** Whether the beginning of a frame is held whose rest has not come. */
    boolean isMidFrame() {
        return count > 0 && !lent;
    }

    FrameAssembler(Framing framing, BufferPool pool) {
        this.codec = framing.codec();
        this.pool = pool;
        this.maxFrame = framing.maxFrame();
        this.largestTotal = framing.largestTotal();
        this.deliversPartialAtEnd = framing.deliversPartialAtEnd();
    }

    /**
     * The next complete frame, or null once {@code in} is used up. The frame is borrowed until {@link #endLoan()}, and
     * shows no byte outside of itself.
     *
     * @param in moved to the end of the frame returned; must hold the bytes that follow those of the call before
     * @throws FramingException if no frame can be cut, or held
     */
    @Nullable
    ByteBuffer next(ByteBuffer in) {
        endLoan();
        if (!in.hasRemaining()) {
            return null;
        }
        return count == 0 ? nextInside(in) : nextHeld(in);
    }

    private @Nullable ByteBuffer nextInside(ByteBuffer in) {
        long result = codec.decode(in, 0);
        if (result > 0) {
            int start = in.position();
            in.position(start + total(result));
            return in.slice(start + head(result), length(result));
        }
        hold(in, in.remaining());
        examinedAll(result);
        return null;
    }

    private @Nullable ByteBuffer nextHeld(ByteBuffer in) {
        while (in.hasRemaining()) {
            int step = Math.min(in.remaining(), missing > 0 ? missing : guess());
            hold(in, step);
            if (step < missing) {
                missing -= step;
                return null;
            }
            long result = codec.decode(heldBytes(), examined);
            if (result > 0) {
                return lendHeld(in, result);
            }
            examinedAll(result);
        }
        return null;
    }

    /** How much to copy when nobody knows where the frame ends: at least a byte, no more than is held or has room. */
    private int guess() {
        int free = heldBytes().capacity() - count;
        int most = Math.min(free > 0 ? free : count, Math.max(count, LEAST_COPY));
        return Math.max(1, Math.min(most, largestTotal - count));
    }

    private void examinedAll(long result) {
        examined = count;
        missing = (int) -result;
    }

    private ByteBuffer lendHeld(ByteBuffer in, long result) {
        int beyond = count - total(result);
        in.position(in.position() - beyond);
        return lend(head(result), length(result));
    }

    private ByteBuffer lend(int from, int length) {
        ByteBuffer frame = heldBytes().slice(from, length);
        count = 0;
        lent = true;
        return frame;
    }

    /** Appends the next {@code bytes} of {@code in}, or throws and changes nothing. */
    private void hold(ByteBuffer in, int bytes) {
        ByteBuffer buffer = roomFor(count + bytes).buffer();
        buffer.clear().put(count, in, in.position(), bytes);
        in.position(in.position() + bytes);
        count += bytes;
    }

    private PooledBuffer roomFor(int bytes) {
        PooledBuffer old = partial;
        if (old != null && old.buffer().capacity() >= bytes) {
            return old;
        }
        PooledBuffer larger = acquire(
                old == null ? bytes : Math.max(bytes, doubled(old.buffer().capacity())));
        if (old != null) {
            larger.buffer().put(0, old.buffer().clear(), 0, count);
            old.release();
        }
        partial = larger;
        return larger;
    }

    /** No more than the largest frame needs: at the default limit that is a page more than the limit, not twice as much. */
    private int doubled(int capacity) {
        return (int) Math.min(2L * capacity, largestTotal);
    }

    private PooledBuffer acquire(int bytes) {
        PooledBuffer buffer = pool.tryAcquire(bytes);
        if (buffer == null) {
            throw FramingException.noMemory(bytes, count);
        }
        return buffer;
    }

    private ByteBuffer heldBytes() {
        PooledBuffer held = partial;
        if (held == null) {
            throw new IllegalStateException("no bytes are held");
        }
        return held.buffer().position(0).limit(count);
    }

    /** Bytes of the unfinished frame. */
    int held() {
        return count;
    }

    /**
     * To be called when the peer has finished and {@link #next} has returned null: the unfinished last line if the
     * framing delivers it, else null, and {@link #truncated()} says whether one was dropped.
     *
     * @throws FramingException if the last line is larger than a frame may be
     */
    @Nullable
    ByteBuffer end() {
        endLoan();
        if (count == 0) {
            return null;
        }
        if (!deliversPartialAtEnd) {
            truncated = true;
            return null;
        }
        if (count > maxFrame) {
            throw FramingException.unterminated(count, "LF", maxFrame);
        }
        return lend(0, count);
    }

    /** Whether {@link #end()} found an unfinished frame and dropped it. */
    boolean truncated() {
        return truncated;
    }

    boolean holdsFrame() {
        return partial != null;
    }

    /**
     * To be called when the handler has returned, lest an idle connection keep the buffer of its last frame; the other
     * methods do it too.
     */
    void endLoan() {
        if (lent) {
            release();
        }
    }

    /** Gives the memory back and ends the loan of the last frame; what was held is forgotten. May be repeated. */
    void release() {
        PooledBuffer held = partial;
        partial = null;
        count = 0;
        examined = 0;
        missing = 0;
        lent = false;
        if (held != null) {
            held.release();
        }
    }

    static int total(long result) {
        return (int) (result >>> 32);
    }

    static int head(long result) {
        return (int) result >>> 16;
    }

    static int tail(long result) {
        return (int) result & 0xFFFF;
    }

    static int length(long result) {
        return total(result) - head(result) - tail(result);
    }
}
