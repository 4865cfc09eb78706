package io.millio.net;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the builder of a client has decided; immutable and valid. Durations are in nanoseconds.
 *
 * @param firstDelayNanos the bound of the first delay before another attempt; 0 makes a single attempt
 */
record ClientOptions(
        String name,
        SocketAddress address,
        @Nullable SocketAddress local,
        long connectTimeoutNanos,
        long firstDelayNanos,
        long maxDelayNanos,
        NameResolver resolver,
        StreamOptions stream) {
    String target() {
        return text(address);
    }

    /** The address as the user has given it. */
    static String text(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? inet.getHostString() + ":" + inet.getPort()
                : address.toString();
    }
}
