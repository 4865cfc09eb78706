package io.millio.spring.boot.autoconfigure;

import io.millio.loop.EventLoop;
import io.millio.net.TcpClient;
import io.millio.net.pool.ConnectionPool;
import io.millio.spring.boot.context.ConfiguredClients.ClientDefinition;
import io.millio.spring.boot.context.MillStartException;
import io.millio.spring.boot.context.ServerDefinition;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes a {@link ClientDefinition} of the keys of one client, checking all of them; used by the thread that refreshes the context.
 */
final class ClientSettings {
    private final String name;
    private final MillProperties.Client keys;
    private final TcpClient.Builder client;
    private final ConnectionPool.Builder pool;

    private ClientSettings(String name, MillProperties.Client keys, EventLoop loop) {
        this.name = name;
        this.keys = keys;
        this.client = TcpClient.builder(loop).name(name);
        this.pool = ConnectionPool.builder(client);
    }

    /** The definitions of all clients, by name. */
    static List<ClientDefinition> definitions(
            Map<String, MillProperties.Client> clients, EventLoop loop, SslSettings ssl) {
        List<ClientDefinition> definitions = new ArrayList<>();
        new TreeMap<>(clients)
                .forEach((name, keys) -> definitions.add(new ClientSettings(name, keys, loop).definition(ssl)));
        return definitions;
    }

    private ClientDefinition definition(SslSettings ssl) {
        ssl.refuse(
                this::property,
                keys.ssl(),
                "connect to a proxy on this host that speaks TLS to the other side (stunnel, HAProxy or Envoy)");
        connectTo();
        client.framing(FramingSettings.of(this::property, keys.framing()));
        if (keys.socket() != null) {
            new SocketSettings(this::property, keys.socket(), client::socket).apply();
        }
        Checked.set(property("maximum-pool-size"), keys.maximumPoolSize(), pool::maximumPoolSize);
        Checked.set(property("minimum-idle"), keys.minimumIdle(), pool::minimumIdle);
        Checked.set(property("connection-timeout"), keys.connectionTimeout(), time -> {
            client.connectTimeout(time);
            pool.connectionTimeout(time);
        });
        Checked.set(property("idle-timeout"), keys.idleTimeout(), pool::idleTimeout);
        Checked.set(property("max-lifetime"), keys.maxLifetime(), pool::maxLifetime);
        Checked.set(property("keepalive-time"), keys.keepaliveTime(), pool::keepaliveTime);
        Checked.set(property("leak-detection-threshold"), keys.leakDetectionThreshold(), pool::leakDetectionThreshold);
        return new ClientDefinition(name, client, pool);
    }

    private void connectTo() {
        String path = keys.path();
        String host = keys.address();
        Integer port = keys.port();
        if (path != null && host == null && port == null) {
            Checked.set(property("path"), path, file -> client.connectTo(UnixDomainSocketAddress.of(file)));
        } else if (path == null && host != null && port != null) {
            Checked.set(property("port"), port, number -> client.connectTo(host, number));
        } else {
            throw new MillStartException(
                    "Client '" + name + "' has "
                            + (path == null ? "no address or no port" : "a path beside address or port") + ".",
                    "Set " + property("address") + " and " + property("port") + ", or " + property("path")
                            + " for a Unix domain socket.");
        }
    }

    private String property(String key) {
        return ServerDefinition.property("mill.clients", name, key);
    }
}
