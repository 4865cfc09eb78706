package io.millio.internal.transport;

import java.nio.ByteBuffer;

/** Something other than a pooled buffer that waits to be sent; owned by the queue it is in. */
public interface OutputPart {
    /** What is left of it, if it lies in memory; what is read from here is sent. */
    ByteBuffer buffer();

    /** It was sent, or never will be. */
    void release();
}
