package io.millio.spring.boot.context;

import io.millio.net.ConnectionHandler;

/**
 * A bean with {@code @MillHandler} that makes a handler for each connection of its server, so that the handler can keep the
 * connection's state in its fields. Called by the connection's reactor, where it must not block.
 */
@FunctionalInterface
public interface ConnectionHandlerFactory {
    /** A handler for one connection; what this throws resets that connection. */
    ConnectionHandler create();
}
