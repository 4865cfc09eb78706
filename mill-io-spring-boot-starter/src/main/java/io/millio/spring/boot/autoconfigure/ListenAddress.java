package io.millio.spring.boot.autoconfigure;

import io.millio.spring.boot.context.MillStartException;
import io.millio.spring.boot.context.ServerDefinition;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/** Where a server listens, by its keys; used by the thread that refreshes the context. */
final class ListenAddress {
    private static final int MAX_PORT = 65_535;
    private static final String ALL_ADDRESSES = "0.0.0.0";

    private final String server;
    private final MillProperties.Server keys;

    ListenAddress(String server, MillProperties.Server keys) {
        this.server = server;
        this.keys = keys;
    }

    SocketAddress resolve() {
        if (keys.transport() == MillProperties.Transport.UNIX) {
            refuse(
                    "port",
                    keys.port(),
                    "a Unix domain socket has a path instead; remove it, or set " + property("transport") + " to tcp");
            refuse(
                    "address",
                    keys.address(),
                    "a Unix domain socket has a path instead; remove it, or set " + property("transport") + " to tcp");
            return unix();
        }
        refuse(
                "path",
                keys.path(),
                "it is for transport unix only; remove it, or set " + property("transport") + " to unix");
        return internet();
    }

    private void refuse(String key, @Nullable Object value, String reason) {
        if (value != null) {
            throw Checked.invalid(property(key), value, reason);
        }
    }

    private SocketAddress unix() {
        String path = keys.path();
        if (path == null) {
            throw new MillStartException(
                    "Server '" + server + "' has no path.",
                    "Set " + property("path") + " to where the socket's file is to be.");
        }
        try {
            return UnixDomainSocketAddress.of(path);
        } catch (IllegalArgumentException e) {
            throw Checked.invalid(property("path"), path, "it is no path: " + e.getMessage());
        }
    }

    private SocketAddress internet() {
        Integer port = keys.port();
        if (port == null) {
            throw new MillStartException(
                    "Server '" + server + "' has no port.",
                    "Set " + property("port") + "; 0 takes any free one, which MillServers.port(\"" + server
                            + "\") tells.");
        }
        if (port < 0 || port > MAX_PORT) {
            throw Checked.invalid(property("port"), port, "a port must be between 0 and " + MAX_PORT);
        }
        String host = keys.address() == null ? ALL_ADDRESSES : keys.address();
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw Checked.invalid(
                    property("address"),
                    host,
                    "the host name cannot be resolved; write it correctly, or use an IP address");
        }
        return address;
    }

    private String property(String key) {
        return ServerDefinition.property(server, key);
    }
}
