package io.millio.net;

import io.millio.loop.Dispatch;
import io.millio.loop.Token;
import java.net.SocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that the builder of a server has decided; immutable and valid. Durations are in nanoseconds, 0 meaning off. */
record ServerOptions(
        String name,
        SocketAddress address,
        @Nullable Token token,
        int backlog,
        Supplier<? extends ConnectionHandler> handlers,
        Dispatch dispatch,
        Framing framing,
        int maxConnections,
        int maxPerAddress,
        int acceptRate,
        OverLimit overLimit,
        int writeLow,
        int writeHigh,
        int writeCap,
        long idleNanos,
        long readIdleNanos,
        long writeIdleNanos,
        long stallNanos,
        long firstByteNanos,
        long maxAgeNanos,
        long maxAgeJitterNanos,
        SocketOptions socket) {}
