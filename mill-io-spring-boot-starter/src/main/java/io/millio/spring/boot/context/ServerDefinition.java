package io.millio.spring.boot.context;

import io.millio.loop.Dispatch;
import io.millio.loop.Token;
import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * What the configuration says of one server, checked, and without its handler. Immutable but for the builder, which belongs to
 * the thread that refreshes the context.
 *
 * @param name the key below {@code mill.servers}
 * @param token the configured token
 * @param datagrams whether its transport is udp
 * @param settings everything else; null if the server is disabled
 */
public record ServerDefinition(
        String name,
        @Nullable Token token,
        boolean datagrams,
        @Nullable Settings settings) {
    private static final String PREFIX = "mill.servers";

    /** The name of a property of this server, to be quoted in messages. */
    public String property(String key) {
        return property(name, key);
    }

    /** The name of a property of a server, to be quoted in messages. */
    public static String property(String server, String key) {
        return property(PREFIX, server, key);
    }

    /** The name of a property below a name that the user has chosen, to be quoted in messages. */
    public static String property(String prefix, String name, String key) {
        boolean plain = ConfigurationPropertyName.isValid(name) && name.indexOf('.') < 0;
        return (plain ? prefix + '.' + name : prefix + '[' + name + ']') + '.' + key;
    }

    /** The settings, if the server is enabled. */
    Optional<Settings> enabled() {
        return Optional.ofNullable(settings);
    }

    /**
     * The settings of an enabled server.
     *
     * @param address where to listen
     * @param backlog of the listening socket
     * @param dispatch null means the loop's
     * @param connectionKeys the keys that were set and mean nothing without connections
     * @param builder has everything but the handler; for streams
     * @param udp has everything but the handler; nothing unless the server is for datagrams
     */
    public record Settings(
            SocketAddress address,
            int backlog,
            @Nullable Dispatch dispatch,
            List<String> connectionKeys,
            TcpServer.Builder builder,
            Optional<UdpEndpoint.Builder> udp) {
        /** Copies the list. */
        public Settings {
            connectionKeys = List.copyOf(connectionKeys);
        }

        /** What carries the bytes, as messages say it. */
        String transport() {
            return udp.isPresent() ? "udp" : address instanceof InetSocketAddress ? "tcp" : "unix";
        }
    }
}
