package io.millio.spring.boot.autoconfigure;

import static java.util.Objects.requireNonNull;

import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.net.Framing;
import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import io.millio.spring.boot.context.ServerDefinition;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link ServerDefinition} of the keys of one server, checking all of them; used by the thread that refreshes the
 * context.
 */
final class ServerSettings {
    private static final int DEFAULT_BACKLOG = 1024;

    /** What a server has before it has connections. */
    private static final Set<String> LISTENING_KEYS =
            Set.of("enabled", "transport", "token", "address", "port", "path", "backlog", "dispatch");

    private static final Set<String> DATAGRAM_KEYS =
            Set.of("enabled", "transport", "token", "address", "port", "dispatch");

    private final String name;
    private final MillProperties.Server keys;
    private final EventLoop loop;
    private final SslSettings ssl;
    private final TcpServer.Builder builder;

    private ServerSettings(String name, MillProperties.Server keys, EventLoop loop, SslSettings ssl) {
        this.name = name;
        this.keys = keys;
        this.loop = loop;
        this.ssl = ssl;
        this.builder = TcpServer.builder(loop).name(name);
    }

    /** The definitions of all servers, by name. */
    static List<ServerDefinition> definitions(
            Map<String, MillProperties.Server> servers, EventLoop loop, SslSettings ssl) {
        List<ServerDefinition> definitions = new ArrayList<>();
        new TreeMap<>(servers)
                .forEach((name, keys) -> definitions.add(new ServerSettings(name, keys, loop, ssl).definition()));
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
        return new ServerDefinition(
                name,
                token[0],
                keys.transport() == MillProperties.Transport.UDP,
                keys.enabled() ? settings(token[0]) : null);
    }

    private ServerDefinition.Settings settings(@Nullable Token token) {
        SocketAddress address = new ListenAddress(name, keys).resolve();
        if (keys.transport() == MillProperties.Transport.UDP) {
            return datagrams(address, token);
        }
        ssl.refuse(
                this::property,
                keys.ssl(),
                "let a proxy in front of this server end TLS (stunnel, HAProxy, Envoy or a load balancer for TCP)");
        Checked.set(property("path"), keys.path(), path -> builder.bind(address));
        builder.bind(address);
        if (token != null) {
            builder.token(token);
        }
        Checked.set(property("backlog"), keys.backlog(), builder::backlog);
        Checked.set(property("dispatch"), keys.dispatch(), builder::dispatch);
        applyLimits();
        applyTimeouts();
        Framing framing = FramingSettings.of(this::property, keys.framing());
        builder.framing(framing);
        new WriteBufferSettings(name, keys.writeBuffer()).apply(builder, framing);
        if (keys.rateLimit() != null) {
            new RateLimitSettings(name, keys.rateLimit()).apply(builder);
        }
        if (keys.socket() != null) {
            new SocketSettings(this::property, keys.socket(), builder::socket).apply();
        }
        int backlog = keys.backlog() == null ? DEFAULT_BACKLOG : keys.backlog();
        return new ServerDefinition.Settings(
                address, backlog, keys.dispatch(), connectionKeys(), builder, Optional.empty());
    }

    private ServerDefinition.Settings datagrams(SocketAddress address, @Nullable Token token) {
        for (String key : PropertyKeys.present(keys)) {
            if (!DATAGRAM_KEYS.contains(key) && !key.startsWith("socket.")) {
                throw Checked.invalid(
                        property(key),
                        "set",
                        "it means nothing for datagrams; remove it, or set " + property("transport") + " to tcp");
            }
        }
        UdpEndpoint.Builder udp = UdpEndpoint.builder(loop).name(name).bind(address);
        if (token != null) {
            udp.token(token);
        }
        Checked.set(property("dispatch"), keys.dispatch(), udp::dispatch);
        if (keys.socket() != null) {
            new SocketSettings(this::property, keys.socket(), udp::socket).apply();
        }
        return new ServerDefinition.Settings(
                address, DEFAULT_BACKLOG, keys.dispatch(), List.of(), builder, Optional.of(udp));
    }

    private void applyLimits() {
        Checked.set(property("max-connections"), keys.maxConnections(), builder::maxConnections);
        Checked.set(
                property("max-connections-per-address"),
                keys.maxConnectionsPerAddress(),
                builder::maxConnectionsPerAddress);
        Checked.set(property("over-limit"), keys.overLimit(), builder::overLimit);
        Checked.set(property("accept-rate"), keys.acceptRate(), builder::acceptRate);
    }

    private void applyTimeouts() {
        Checked.set(property("idle-timeout"), keys.idleTimeout(), builder::idleTimeout);
        Checked.set(property("read-idle-timeout"), keys.readIdleTimeout(), builder::readIdleTimeout);
        Checked.set(property("write-idle-timeout"), keys.writeIdleTimeout(), builder::writeIdleTimeout);
        Checked.set(property("stall-timeout"), keys.stallTimeout(), builder::stallTimeout);
        Checked.set(property("first-byte-timeout"), keys.firstByteTimeout(), builder::firstByteTimeout);
        Checked.set(property("max-age"), keys.maxAge(), age -> builder.maxAge(age, Duration.ZERO));
        Duration age = keys.maxAge();
        if (age == null && keys.maxAgeJitter() != null) {
            throw Checked.invalid(
                    property("max-age-jitter"),
                    keys.maxAgeJitter(),
                    "it needs " + property("max-age") + " to be set too");
        }
        Checked.set(
                property("max-age-jitter"), keys.maxAgeJitter(), jitter -> builder.maxAge(requireNonNull(age), jitter));
    }

    /** What was set although a server without connections cannot have it. */
    private List<String> connectionKeys() {
        return PropertyKeys.present(keys).stream()
                .filter(key -> !LISTENING_KEYS.contains(key))
                .toList();
    }

    private String property(String key) {
        return ServerDefinition.property(name, key);
    }
}
