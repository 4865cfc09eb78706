package io.millio.spring.boot.context;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.UdpEndpoint;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an annotated method may ask for in one call; belongs to the thread that makes the call, and the frame only for its length.
 *
 * @param connection null for datagrams
 * @param endpoint null for connections
 * @param peer whom it comes from
 * @param frame for handlers
 * @param error for exception handlers
 * @param reason for the end of a connection
 */
record Call(
        @Nullable Connection connection,
        @Nullable UdpEndpoint endpoint,
        SocketAddress peer,
        @Nullable ByteBuffer frame,
        @Nullable Throwable error,
        @Nullable CloseReason reason) {
    static Call of(Connection connection) {
        return new Call(connection, null, connection.remoteAddress(), null, null, null);
    }

    static Call of(Connection connection, ByteBuffer frame) {
        return new Call(connection, null, connection.remoteAddress(), frame, null, null);
    }

    static Call of(Connection connection, CloseReason reason) {
        return new Call(connection, null, connection.remoteAddress(), null, null, reason);
    }

    static Call of(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer datagram) {
        return new Call(null, endpoint, sender, datagram, null, null);
    }

    /** The call of an exception handler after this one has failed. */
    Call failed(Throwable thrown) {
        return new Call(connection, endpoint, peer, null, thrown, null);
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
