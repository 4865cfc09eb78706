package io.millio.internal.transport;

import io.millio.pool.PooledBuffer;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** One receiver's view of bytes that go to many; owned by the receiver's queue, the bytes by whichever view is released last. */
public final class SharedPart implements OutputPart {
    private final Bytes bytes;
    private final ByteBuffer view;

    private SharedPart(Bytes bytes) {
        this.bytes = bytes;
        this.view = bytes.memory.buffer().duplicate();
    }

    @Override
    public ByteBuffer buffer() {
        return view;
    }

    @Override
    public void release() {
        bytes.release();
    }

    /** The bytes themselves, which nobody changes any more; for any thread. */
    public static final class Bytes {
        private final PooledBuffer memory;
        private final AtomicInteger holders = new AtomicInteger(1);

        /** Takes the buffer over; its remaining bytes are shared, and its maker is the first holder. */
        public Bytes(PooledBuffer memory) {
            this.memory = memory;
        }

        /** A view for one more holder; called by a holder. */
        public SharedPart share() {
            holders.incrementAndGet();
            return new SharedPart(this);
        }

        /** The end of a holder. */
        public void release() {
            if (holders.decrementAndGet() == 0) {
                memory.release();
            }
        }
    }
}
