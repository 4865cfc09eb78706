package io.millio.internal.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.CompletableFuture;

/**
 * A part of a file that waits to be sent, by the system itself where it can; owned by the queue it is in. Reading the file may wait for a
 * disk, so only a worker calls {@link #transferTo}. The file stays its owner's, who may close it once {@link #ended} is completed.
 */
public final class FilePart implements OutputPart {
    /** So that one call does not keep a worker for long. */
    private static final long MAX_BYTES_PER_CALL = 1 << 20;

    private static final long MAX_CHARGE = 64 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final FileChannel file;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private long position;
    private long left;

    public FilePart(FileChannel file, long position, long count) {
        this.file = file;
        this.position = position;
        this.left = count;
    }

    /** Completes when the last byte was given to the network, or exceptionally when the stream ended before. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    long left() {
        return left;
    }

    /**
     * What so many bytes of a file count for in the account of what a connection owes. They occupy no memory, so a file counts as no
     * more than fills a connection up to its usual high watermark; else nothing could be written behind one that exceeds the cap.
     */
    public static long charge(long left) {
        return Math.min(left, MAX_CHARGE);
    }

    /**
     * Sends some of it; 0 if the target has no room.
     *
     * @throws IOException if the target is broken, or the file is closed or has become shorter
     */
    long transferTo(WritableByteChannel target) throws IOException {
        long count = file.transferTo(position, Math.min(left, MAX_BYTES_PER_CALL), target);
        if (count <= 0 && position >= file.size()) {
            throw new EOFException("a file that is being sent ends at " + file.size() + ", but " + left + " bytes from "
                    + position + " on are still to be sent; a file must not be cut while it is sent");
        }
        position += count;
        left -= count;
        return count;
    }

    /** Whether what {@link #transferTo} has thrown was the file's doing and not the target's. */
    boolean isUnreadable(IOException thrown) {
        return thrown instanceof EOFException || !file.isOpen();
    }

    @Override
    public ByteBuffer buffer() {
        return NOTHING;
    }

    @Override
    public void release() {
        if (left == 0) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(
                    new IOException("the connection ended with " + left + " bytes of the file unsent"));
        }
    }
}
