package io.millio.net;

import io.millio.loop.Dispatch;
import io.millio.loop.Token;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Map;
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
        int writeLow,
        int writeHigh,
        int writeCap,
        long idleNanos,
        long stallNanos,
        Map<SocketOption<?>, Object> listening,
        Map<SocketOption<?>, Object> accepted) {}
