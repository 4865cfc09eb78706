package io.millio.spring.boot.context;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an annotated method may ask for in one call; belongs to the thread that makes the call, and the frame only for its length.
 *
 * @param frame for handlers
 * @param error for exception handlers
 * @param reason for the end of a connection
 */
record Call(
        Connection connection,
        @Nullable ByteBuffer frame,
        @Nullable Throwable error,
        @Nullable CloseReason reason) {
    static Call of(Connection connection) {
        return new Call(connection, null, null, null);
    }

    ByteBuffer data() {
        return Objects.requireNonNull(frame);
    }

    byte[] copy() {
        byte[] bytes = new byte[data().remaining()];
        data().get(bytes);
        return bytes;
    }
}
