package io.millio.net;

import io.millio.loop.Token;
import java.net.SocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Everything that the builder of a server has decided; immutable and valid. */
record ServerOptions(
        String name,
        SocketAddress address,
        @Nullable Set<PosixFilePermission> permissions,
        @Nullable Token token,
        int backlog,
        int maxConnections,
        int maxPerAddress,
        int acceptRate,
        OverLimit overLimit,
        StreamOptions stream) {}
