package io.millio.internal.transport;

import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent, oldest first; in a buffer, that lies between position and limit. For one thread at a time. Pooled buffers lie
 * here as they are, for a wrapper would be garbage with every message.
 */
final class OutputQueue {
    private static final int MIN_BUFFER_BYTES = 512;
    private static final int MAX_BUFFER_BYTES = 256 * 1024;
    private static final int MAX_GATHER = 16;

    private final ArrayDeque<Object> parts = new ArrayDeque<>(4);

    boolean isEmpty() {
        return parts.isEmpty();
    }

    /** Whether one gathering write could not take it all. */
    boolean isLong() {
        return parts.size() >= MAX_GATHER;
    }

    /** The file at the head, or null if that is something else. */
    @Nullable
    FilePart firstFile() {
        return parts.peekFirst() instanceof FilePart file ? file : null;
    }

    private static ByteBuffer bufferOf(Object part) {
        return part instanceof PooledBuffer pooled ? pooled.buffer() : ((OutputPart) part).buffer();
    }

    private static void release(Object part) {
        if (part instanceof PooledBuffer pooled) {
            pooled.release();
        } else {
            ((OutputPart) part).release();
        }
    }

    void add(OutputPart part) {
        parts.addLast(part);
    }

    /** Moves all of the other queue's parts behind these. */
    void takeAll(OutputQueue other) {
        parts.addAll(other.parts);
        other.parts.clear();
    }

    void releaseFirst() {
        release(parts.removeFirst());
    }

    /** One by one: whoever hears of the end of a file may come back here. */
    void releaseAll() {
        while (!parts.isEmpty()) {
            releaseFirst();
        }
    }

    /** Copies the data behind what is queued; false, with nothing copied, if there is no memory for it. */
    boolean append(ByteBuffer data, BufferPool pool) {
        int size = MIN_BUFFER_BYTES;
        if (parts.peekLast() instanceof PooledBuffer tail) {
            if (fits(tail.buffer(), data)) {
                addTo(tail.buffer(), data);
                return true;
            }
            size = Math.min(2 * tail.buffer().capacity(), MAX_BUFFER_BYTES);
        }
        return copy(data, pool, size);
    }

    private static boolean fits(ByteBuffer tail, ByteBuffer data) {
        return tail.capacity() - tail.limit() >= data.remaining();
    }

    private static void addTo(ByteBuffer tail, ByteBuffer data) {
        int end = tail.limit();
        int count = data.remaining();
        tail.limit(end + count);
        tail.put(end, data, data.position(), count);
        data.position(data.limit());
    }

    /** All or nothing. */
    private boolean copy(ByteBuffer data, BufferPool pool, int sizeHint) {
        int before = parts.size();
        int from = data.position();
        while (data.hasRemaining()) {
            PooledBuffer buffer = acquire(pool, Math.min(Math.max(data.remaining(), sizeHint), MAX_BUFFER_BYTES));
            if (buffer == null) {
                data.position(from);
                while (parts.size() > before) {
                    release(parts.removeLast());
                }
                return false;
            }
            ByteBuffer memory = buffer.buffer();
            int part = Math.min(data.remaining(), memory.capacity());
            memory.put(0, data, data.position(), part).limit(part);
            data.position(data.position() + part);
            parts.addLast(buffer);
        }
        return true;
    }

    /** A smaller buffer is better than none. */
    private static @Nullable PooledBuffer acquire(BufferPool pool, int bytes) {
        PooledBuffer found = pool.tryAcquire(bytes);
        for (int less = bytes / 2; found == null && less >= MIN_BUFFER_BYTES; less /= 2) {
            found = pool.tryAcquire(less);
        }
        return found;
    }

    // ---- what is in memory, at the head -----------------------------------------------------------------------------

    /** The only part's buffer, for a plain write; null if there are more parts, for {@link #gather}. */
    @Nullable
    ByteBuffer single() {
        return parts.size() == 1 ? bufferOf(parts.getFirst()) : null;
    }

    /** What one gathering write may take, which ends where a file begins. */
    ByteBuffer[] gather() {
        ByteBuffer[] buffers = new ByteBuffer[Math.min(parts.size(), MAX_GATHER)];
        Iterator<Object> next = parts.iterator();
        for (int i = 0; i < buffers.length; i++) {
            Object part = next.next();
            if (part instanceof FilePart) {
                return Arrays.copyOf(buffers, i);
            }
            buffers[i] = bufferOf(part);
        }
        return buffers;
    }

    void releaseWritten() {
        while (!parts.isEmpty()
                && firstFile() == null
                && !bufferOf(parts.getFirst()).hasRemaining()) {
            releaseFirst();
        }
    }

    /** Writes by one system call, and tells the sink how much; false if the channel took less than it was offered. */
    boolean writeSome(GatheringByteChannel channel, TransportSink sink) throws IOException {
        long offered = 0;
        long count;
        ByteBuffer first = single();
        if (first != null) {
            offered = first.remaining();
            count = channel.write(first);
        } else {
            ByteBuffer[] gathered = gather();
            for (ByteBuffer part : gathered) {
                offered += part.remaining();
            }
            count = channel.write(gathered);
        }
        releaseWritten();
        if (count > 0) {
            sink.written(count);
        }
        return count == offered;
    }
}
