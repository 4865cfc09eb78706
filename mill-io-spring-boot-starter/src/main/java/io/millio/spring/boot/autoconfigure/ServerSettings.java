package io.millio.spring.boot.autoconfigure;

import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.net.Framing;
import io.millio.net.TcpServer;
import io.millio.spring.boot.context.MillStartException;
import io.millio.spring.boot.context.ServerDefinition;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link ServerDefinition} of the keys of one server, checking all of them; used by the thread that refreshes the
 * context.
 */
final class ServerSettings {
    private static final int DEFAULT_BACKLOG = 1024;
    private static final int MAX_PORT = 65_535;
    private static final String ALL_ADDRESSES = "0.0.0.0";

    private final String name;
    private final MillProperties.Server keys;
    private final TcpServer.Builder builder;

    private ServerSettings(String name, MillProperties.Server keys, EventLoop loop) {
        this.name = name;
        this.keys = keys;
        this.builder = TcpServer.builder(loop).name(name);
    }

    /** The definitions of all servers, by name. */
    static List<ServerDefinition> definitions(Map<String, MillProperties.Server> servers, EventLoop loop) {
        List<ServerDefinition> definitions = new ArrayList<>();
        new TreeMap<>(servers)
                .forEach((name, keys) -> definitions.add(new ServerSettings(name, keys, loop).definition()));
        checkTokens(definitions);
        return definitions;
    }

    private static void checkTokens(List<ServerDefinition> definitions) {
        Map<Token, String> holders = new HashMap<>();
        for (ServerDefinition definition : definitions) {
            Token token = definition.token();
            if (token == null) {
                continue;
            }
            String other = holders.putIfAbsent(token, definition.name());
            if (other != null) {
                throw Checked.invalid(
                        definition.property("token"),
                        token.value(),
                        "it is the token of server '" + other + "' too; give each server one of its own");
            }
        }
    }

    private ServerDefinition definition() {
        Token[] token = new Token[1];
        Checked.set(property("token"), keys.token(), value -> token[0] = Token.of(value));
        return new ServerDefinition(name, token[0], keys.enabled() ? settings(token[0]) : null);
    }

    private ServerDefinition.Settings settings(@Nullable Token token) {
        if (keys.transport() != MillProperties.Transport.TCP) {
            throw Checked.invalid(
                    property("transport"), keys.transport(), "it is not available in this version; use tcp");
        }
        InetSocketAddress address = address();
        builder.bind(address);
        if (token != null) {
            builder.token(token);
        }
        Checked.set(property("backlog"), keys.backlog(), builder::backlog);
        Checked.set(property("dispatch"), keys.dispatch(), builder::dispatch);
        Checked.set(property("max-connections"), keys.maxConnections(), builder::maxConnections);
        Checked.set(property("idle-timeout"), keys.idleTimeout(), builder::idleTimeout);
        Checked.set(property("stall-timeout"), keys.stallTimeout(), builder::stallTimeout);
        Framing framing = FramingSettings.of(name, keys.framing());
        builder.framing(framing);
        new WriteBufferSettings(name, keys.writeBuffer()).apply(builder, framing);
        int backlog = keys.backlog() == null ? DEFAULT_BACKLOG : keys.backlog();
        return new ServerDefinition.Settings(address, backlog, keys.dispatch(), connectionKeys(), builder);
    }

    private InetSocketAddress address() {
        Integer port = keys.port();
        if (port == null) {
            throw new MillStartException(
                    "Server '" + name + "' has no port.",
                    "Set " + property("port") + "; 0 takes any free one, which MillServers.port(\"" + name
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

    /** What a server without connections cannot have; in the order of the documentation. */
    private List<String> connectionKeys() {
        List<String> set = new ArrayList<>();
        addIfSet(set, "max-connections", keys.maxConnections());
        addIfSet(set, "idle-timeout", keys.idleTimeout());
        addIfSet(set, "stall-timeout", keys.stallTimeout());
        addIfSet(set, "framing.*", keys.framing());
        addIfSet(set, "write-buffer.*", keys.writeBuffer());
        return set;
    }

    private static void addIfSet(List<String> set, String key, @Nullable Object value) {
        if (value != null) {
            set.add(key);
        }
    }

    private String property(String key) {
        return ServerDefinition.property(name, key);
    }
}
