package io.millio.spring.boot.context;

import io.millio.net.TcpServer;

/** Gives a server what serves its connections; used by the thread that refreshes the context. */
@FunctionalInterface
interface ConnectionSource {
    /** Sets the handler or the handler factory. */
    void applyTo(ServerDefinition definition, TcpServer.Builder builder);

    /** Throws a {@link MillStartException} if it cannot work with the server as that is now built. */
    default void check(ServerDefinition definition, TcpServer built) {}
}
