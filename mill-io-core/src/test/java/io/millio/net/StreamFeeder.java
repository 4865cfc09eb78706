package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.net.FramingReference.Ending;
import io.millio.net.FramingReference.Outcome;
import io.millio.pool.BufferPool;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a stream in pieces to an assembler and notes what comes out. Owned by one test thread; every piece lies in the
 * middle of a larger buffer, between bytes that belong to nobody.
 */
final class StreamFeeder {
    private static final int MARGIN = 9;

    private final BufferPool pool;
    private final ByteBuffer read;
    private final byte stray;

    StreamFeeder(BufferPool pool, int capacity, boolean direct, byte stray) {
        this.pool = pool;
        int size = capacity + 2 * MARGIN;
        this.read = direct ? ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN) : ByteBuffer.allocate(size);
        this.stray = stray;
    }

    /** Cuts before each of the ascending indexes; one given twice makes an empty piece. */
    Outcome feed(Framing framing, byte[] stream, int... cuts) {
        FrameAssembler assembler = new FrameAssembler(framing, pool);
        List<String> frames = new ArrayList<>();
        try {
            int from = 0;
            for (int i = 0; i <= cuts.length; i++) {
                int to = i < cuts.length ? cuts[i] : stream.length;
                feed(assembler, piece(stream, from, to), frames);
                from = to;
            }
            add(frames, assembler.end());
            return new Outcome(frames, assembler.truncated() ? Ending.TRUNCATED : Ending.CLEAN);
        } catch (FramingException e) {
            return new Outcome(frames, Ending.valueOf(e.kind().name()));
        } finally {
            assembler.release();
        }
    }

    private static void feed(FrameAssembler assembler, ByteBuffer in, List<String> frames) {
        int end = in.limit();
        while (add(frames, assembler.next(in))) {
            assertThat(in.limit()).isEqualTo(end);
        }
        assertThat(in.remaining()).as("bytes left over in the read buffer").isZero();
    }

    private static boolean add(List<String> frames, @Nullable ByteBuffer frame) {
        if (frame == null) {
            return false;
        }
        if (frame.position() != 0 || frame.capacity() != frame.remaining()) {
            throw new AssertionError("frame shows bytes outside of itself: " + frame);
        }
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        frames.add(FramingReference.text(bytes));
        return true;
    }

    private ByteBuffer piece(byte[] stream, int from, int to) {
        read.clear();
        for (int i = 0; i < MARGIN; i++) {
            read.put(i, stray).put(MARGIN + to - from + i, stray);
        }
        read.put(MARGIN, stream, from, to - from);
        return read.position(MARGIN).limit(MARGIN + to - from);
    }
}
