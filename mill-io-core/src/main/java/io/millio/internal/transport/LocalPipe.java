package io.millio.internal.transport;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.GatheringByteChannel;

/**
 * One direction of a connection in memory: what the buffers of two sockets are to a connection by the network. For any thread;
 * everything is guarded by its monitor, and nobody is woken under it.
 *
 * <p>It holds at most {@link #CAPACITY} bytes in an array of its own that grows to what is under way at once, and is kept as long as
 * the connection. It is not of the loop's pool on purpose: reading stops when the pool runs low, and if unread bytes lay there, too,
 * nothing could be read that gives memory back.
 *
 * <p>The reader is woken when there is something again after there was nothing, so it has to look until it finds nothing; the writer
 * when half of the room is free and it has asked for that.
 */
final class LocalPipe implements GatheringByteChannel {
    static final int CAPACITY = 64 * 1024;

    private static final int MIN_BYTES = 1024;
    private static final Runnable NOBODY = LocalPipe::wakeNobody;

    private byte[] ring = new byte[0];
    private int first;
    private int count;
    private boolean finished;
    private boolean reset;
    private boolean abandoned;
    private boolean roomAwaited;
    private Runnable reader = NOBODY;
    private Runnable writer = NOBODY;

    private static void wakeNobody() {}

    /** From now on the reader is woken so; what came before it has to look for itself. */
    synchronized void wakeReaderBy(Runnable wake) {
        reader = wake;
    }

    synchronized void wakeWriterBy(Runnable wake) {
        writer = wake;
    }

    // ---- the writer's side ------------------------------------------------------------------------------------------

    /** Takes what there is room for, if only nothing. */
    @Override
    public int write(ByteBuffer data) throws IOException {
        Runnable wake;
        int taken;
        synchronized (this) {
            if (finished || reset) {
                throw new ClosedChannelException();
            }
            if (abandoned) {
                throw new SocketException("the other end of the connection in memory is gone");
            }
            taken = Math.min(data.remaining(), CAPACITY - count);
            wake = taken > 0 && count == 0 ? reader : NOBODY;
            append(data, taken);
        }
        wake.run();
        return taken;
    }

    @Override
    public long write(ByteBuffer[] parts, int offset, int length) throws IOException {
        long taken = 0;
        for (int i = offset; i < offset + length; i++) {
            taken += write(parts[i]);
            if (parts[i].hasRemaining()) {
                break;
            }
        }
        return taken;
    }

    @Override
    public long write(ByteBuffer[] parts) throws IOException {
        return write(parts, 0, parts.length);
    }

    private void append(ByteBuffer data, int length) {
        if (count + length > ring.length) {
            grow(count + length);
        }
        int end = first + count & ring.length - 1;
        int part = Math.min(length, ring.length - end);
        data.get(ring, end, part).get(ring, 0, length - part);
        count += length;
    }

    /** The length is a power of two always. */
    private void grow(int needed) {
        byte[] larger = new byte[Math.max(MIN_BYTES, Integer.highestOneBit(needed - 1) << 1)];
        int part = Math.min(count, ring.length - first);
        System.arraycopy(ring, first, larger, 0, part);
        System.arraycopy(ring, 0, larger, part, count - part);
        ring = larger;
        first = 0;
    }

    /** True if at least half of the room is free now; if not, the writer will be woken once it is. */
    synchronized boolean awaitRoom() {
        roomAwaited = count > CAPACITY / 2;
        return !roomAwaited;
    }

    /** The end of the stream. */
    void finish() {
        end(false);
    }

    /** The end, and not a good one: the reader is told so once it has read what came before. */
    void reset() {
        end(true);
    }

    private void end(boolean badly) {
        Runnable wake;
        synchronized (this) {
            finished = true;
            reset |= badly;
            wake = reader;
        }
        wake.run();
    }

    @Override
    public synchronized boolean isOpen() {
        return !finished;
    }

    @Override
    public void close() {
        finish();
    }

    // ---- the reader's side ------------------------------------------------------------------------------------------

    /** As a channel's read: 0 if there is nothing now, -1 at the end; throws behind the last byte if the stream was reset. */
    int read(ByteBuffer target) throws IOException {
        Runnable wake;
        int taken;
        synchronized (this) {
            if (count == 0) {
                if (reset) {
                    throw new SocketException("reset by the other end of the connection in memory");
                }
                return finished ? -1 : 0;
            }
            taken = Math.min(target.remaining(), count);
            int part = Math.min(taken, ring.length - first);
            target.put(ring, first, part).put(ring, 0, taken - part);
            first = first + taken & ring.length - 1;
            count -= taken;
            wake = roomMade();
        }
        wake.run();
        return taken;
    }

    private Runnable roomMade() {
        if (roomAwaited && count <= CAPACITY / 2) {
            roomAwaited = false;
            return writer;
        }
        return NOBODY;
    }

    /** Whether a read would bring something, if only the end. */
    synchronized boolean isReadable() {
        return count > 0 || finished;
    }

    /** Nobody reads any more: drops what is there and fails what is written from now on. True if that drops bytes. */
    boolean abandon() {
        Runnable wake;
        boolean dropped;
        synchronized (this) {
            abandoned = true;
            dropped = count > 0;
            count = 0;
            ring = new byte[0];
            first = 0;
            wake = roomMade();
        }
        wake.run();
        return dropped;
    }
}
