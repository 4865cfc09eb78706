package io.millio.sample;

import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import java.nio.ByteBuffer;

/** Sends back what it receives; one object for all connections at once, so it keeps no state of any. */
@MillHandler(token = 1)
class EchoHandler implements ConnectionHandler {
    @Override
    public void onData(Connection connection, ByteBuffer data) {
        connection.write(data);
    }
}
