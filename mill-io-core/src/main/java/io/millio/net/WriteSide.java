package io.millio.net;

import io.millio.internal.Checks;
import io.millio.internal.transport.FilePart;
import io.millio.internal.transport.SharedPart;
import io.millio.internal.transport.Transport;
import io.millio.pool.PooledBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/** What any thread may do to a connection's output: write, within the watermarks and the cap, and hold the end of it off by work. */
abstract class WriteSide extends OutputAccount implements Connection {
    private static final VarHandle CONGESTED;

    static {
        try {
            CONGESTED = MethodHandles.lookup().findVarHandle(WriteSide.class, "congested", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Shard shard;
    final Transport transport;

    /** Nothing more can be sent. */
    volatile boolean gone;

    volatile boolean congested;

    WriteSide(Shard shard, Transport transport) {
        this.shard = shard;
        this.transport = transport;
    }

    /** Any thread: at once, by a reset. */
    abstract void end(CloseReason why);

    /** Any thread: the output was congested and is no more. */
    abstract void uncongested();

    /** Any thread: the account may be settled. */
    abstract void lookAtOutput();

    // ---- writing ----------------------------------------------------------------------------------------------------

    @Override
    public final WriteResult write(ByteBuffer data) {
        int bytes = data.remaining();
        if (!take(bytes)) {
            return WriteResult.REJECTED;
        }
        int position = data.position();
        if (bytes > 0 && !transport.send(data)) {
            data.position(position);
            return overflow();
        }
        return wrote();
    }

    @Override
    public final WriteResult writeFrame(ByteBuffer payload) {
        FrameCodec codec = shard.options().framing().codec();
        codec.checkPayload(payload);
        if (OutgoingFrame.isBare(codec, payload)) {
            return write(payload);
        }
        PooledBuffer whole = OutgoingFrame.build(codec, payload, shard.buffers());
        if (whole == null) {
            return isOpen() ? overflow() : WriteResult.REJECTED;
        }
        try {
            WriteResult result = write(whole.buffer());
            if (result != WriteResult.REJECTED) {
                payload.position(payload.limit());
            }
            return result;
        } finally {
            whole.release();
        }
    }

    @Override
    public final CompletionStage<Void> transferFrom(FileChannel file, long position, long count) {
        FilePart part = new FilePart(
                file,
                Checks.range("position", position, 0, Long.MAX_VALUE),
                Checks.range("count", count, 0, Long.MAX_VALUE - position));
        if (take((int) FilePart.charge(count))) {
            if (count == 0) {
                part.release();
            } else {
                transport.send(part);
            }
            wrote();
        } else {
            part.release();
        }
        return part.ended().minimalCompletionStage();
    }

    /** Any thread: sends what others are sent, too; false if it is rejected. */
    final boolean writeShared(SharedPart.Bytes bytes, int length) {
        if (!take(length)) {
            return false;
        }
        transport.send(bytes.share());
        wrote();
        return true;
    }

    private boolean take(int bytes) {
        int taken = gone ? CLOSED : takeOutput(bytes, shard.options().writeCap());
        if (taken == FULL) {
            overflow();
        }
        return taken == TAKEN;
    }

    private WriteResult overflow() {
        end(CloseReason.WRITE_OVERFLOW);
        return WriteResult.REJECTED;
    }

    private WriteResult wrote() {
        shard.counters().messagesOut.increment();
        if (!congested && pendingBytes() > highWatermark()) {
            congested = true;
            relieve();
        }
        return congested ? WriteResult.CONGESTED : WriteResult.ACCEPTED;
    }

    // ---- congestion -------------------------------------------------------------------------------------------------

    /** When the memory of the loop runs out, a connection keeps no more than the answer to what it was just given. */
    private int highWatermark() {
        return shard.reserve().isCrowded() ? 0 : shard.options().writeHigh();
    }

    private int lowWatermark() {
        return shard.reserve().isCrowded() ? 0 : shard.options().writeLow();
    }

    /** Any thread: something was written, or may have been since the output became congested. */
    final void relieve() {
        if (congested && pendingBytes() <= lowWatermark() && CONGESTED.compareAndSet(this, true, false)) {
            uncongested();
        }
    }

    @Override
    public final boolean isWritable() {
        return !congested && isOpen();
    }

    // ---- work -------------------------------------------------------------------------------------------------------

    @Override
    public final Work beginWork() {
        if (!tryBeginWork()) {
            return () -> {};
        }
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.compareAndSet(true, false) && endWork()) {
                lookAtOutput();
            }
        };
    }

    @Override
    public final void shutdownOutput() {
        if (closeOutput()) {
            lookAtOutput();
        }
    }
}
