package io.millio.spring.boot.actuate;

import io.millio.net.Connection;
import io.millio.net.ConnectionStats;
import java.time.Duration;

/**
 * One open connection as operators see it; immutable.
 *
 * @param idle since bytes last went in either direction
 * @param pendingBytes written and not yet taken by the network
 * @param closing whether its end has begun
 */
public record ConnectionState(
        long id,
        String remoteAddress,
        String localAddress,
        int reactor,
        Duration age,
        Duration idle,
        long bytesIn,
        long bytesOut,
        long pendingBytes,
        boolean closing) {
    static ConnectionState of(Connection connection) {
        ConnectionStats stats = connection.stats();
        return new ConnectionState(
                connection.id(),
                connection.remoteAddress().toString(),
                connection.localAddress().toString(),
                connection.reactorIndex(),
                stats.age(),
                stats.idle(),
                stats.bytesIn(),
                stats.bytesOut(),
                connection.pendingBytes(),
                !connection.isOpen());
    }
}
