package io.millio.spring.boot.context;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import java.nio.ByteBuffer;

/**
 * The handler of one connection, which makes its bean when the connection opens, that is where beans may block if handlers may, and
 * destroys it after the close. Called as the connection calls its handler.
 */
final class PrototypeHandler implements ConnectionHandler {
    private static final ConnectionHandler NONE = (connection, data) -> {};

    private final HandlerInstances instances;
    private ConnectionHandler bean = NONE;

    PrototypeHandler(HandlerInstances instances) {
        this.instances = instances;
    }

    @Override
    public void onOpen(Connection connection) throws Exception {
        bean = (ConnectionHandler) instances.get();
        bean.onOpen(connection);
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) throws Exception {
        bean.onData(connection, data);
    }

    @Override
    public void onWritable(Connection connection) throws Exception {
        bean.onWritable(connection);
    }

    @Override
    public void onInputClosed(Connection connection) throws Exception {
        bean.onInputClosed(connection);
    }

    @Override
    public void onIdle(Connection connection) throws Exception {
        bean.onIdle(connection);
    }

    @Override
    public void onShutdown(Connection connection) throws Exception {
        bean.onShutdown(connection);
    }

    @Override
    public void onError(Connection connection, Throwable error) throws Exception {
        bean.onError(connection, error);
    }

    @Override
    public void onClose(Connection connection, CloseReason reason) throws Exception {
        ConnectionHandler closing = bean;
        bean = NONE;
        try {
            closing.onClose(connection, reason);
        } finally {
            if (closing != NONE) {
                instances.release(closing);
            }
        }
    }
}
