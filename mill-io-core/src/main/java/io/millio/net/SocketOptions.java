package io.millio.net;

import io.millio.internal.Checks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Options of the sockets of a server or client; immutable: each setter returns a changed copy. What is not set is left
 * to the system, except that {@code TCP_NODELAY} and {@code SO_KEEPALIVE} are on. The linger time holds everywhere; of
 * the other options Unix domain sockets have only the buffer sizes and connections in memory none, and setting one that
 * they do not have has no effect. An option that the platform does not have is refused by the builder that is given
 * these options.
 */
public final class SocketOptions {
    private static final SocketOptions DEFAULTS =
            new SocketOptions(Map.of("TCP_NODELAY", true, "SO_KEEPALIVE", true), Duration.ofSeconds(2));

    /** The property that each option goes by in messages. */
    private static final Map<String, String> PROPERTIES = Map.of(
            "TCP_NODELAY", "no-delay",
            "SO_KEEPALIVE", "keep-alive",
            "TCP_KEEPIDLE", "keep-idle",
            "TCP_KEEPINTERVAL", "keep-interval",
            "TCP_KEEPCOUNT", "keep-count",
            "SO_REUSEPORT", "reuse-port",
            "SO_SNDBUF", "send-buffer",
            "SO_RCVBUF", "receive-buffer");

    private final Map<String, Object> values;
    private final Duration linger;

    private SocketOptions(Map<String, Object> values, Duration linger) {
        this.values = Map.copyOf(values);
        this.linger = linger;
    }

    /** No delay, keep-alive, a linger of 2 s, and everything else as the system has it. */
    public static SocketOptions defaults() {
        return DEFAULTS;
    }

    private SocketOptions with(String option, Object value) {
        Map<String, Object> changed = new HashMap<>(values);
        changed.put(option, value);
        return new SocketOptions(changed, linger);
    }

    /** Sends small writes at once instead of gathering them (TCP_NODELAY); true by default. */
    public SocketOptions noDelay(boolean on) {
        return with("TCP_NODELAY", on);
    }

    /** Probes silent peers (SO_KEEPALIVE); true by default. */
    public SocketOptions keepAlive(boolean on) {
        return with("SO_KEEPALIVE", on);
    }

    /** Silence before the first probe, 1 s to 9 h in whole seconds. */
    public SocketOptions keepIdle(Duration value) {
        return with("TCP_KEEPIDLE", seconds("keep-idle", value));
    }

    /** Time between two probes, 1 s to 9 h in whole seconds. */
    public SocketOptions keepInterval(Duration value) {
        return with("TCP_KEEPINTERVAL", seconds("keep-interval", value));
    }

    /** Unanswered probes after which the peer is given up, 1 to 127. */
    public SocketOptions keepCount(int value) {
        return with("TCP_KEEPCOUNT", Checks.range("keep-count", value, 1, 127));
    }

    /** Lets several sockets listen on one port, between which the kernel spreads connections (SO_REUSEPORT). */
    public SocketOptions reusePort(boolean on) {
        return with("SO_REUSEPORT", on);
    }

    /** Bytes of the kernel's send buffer, 1 to 1 GiB; the kernel may take it as a hint. */
    public SocketOptions sendBuffer(int bytes) {
        return with("SO_SNDBUF", Checks.range("send-buffer", bytes, 1, 1 << 30));
    }

    /** Bytes of the kernel's receive buffer, 1 to 1 GiB; the kernel may take it as a hint. */
    public SocketOptions receiveBuffer(int bytes) {
        return with("SO_RCVBUF", Checks.range("receive-buffer", bytes, 1, 1 << 30));
    }

    /** How long a closing connection discards input while it waits for the peer's FIN, 0 to 1 h; 2 s by default. */
    public SocketOptions linger(Duration value) {
        Checks.notNegative("linger", value);
        Checks.range("linger in seconds", value.toSeconds(), 0, 3600);
        return new SocketOptions(values, value);
    }

    private static int seconds(String name, Duration value) {
        return (int) Checks.range(name + " in seconds", value.toSeconds(), 1, 32_400);
    }

    long lingerNanos() {
        return linger.toNanos();
    }

    /**
     * The options of sockets of the address's kind. A Unix domain socket has few of them; the others are left out.
     * Opens a socket to ask.
     */
    Map<SocketOption<?>, Object> forStream(SocketAddress address) {
        if (!(address instanceof UnixDomainSocketAddress)) {
            return forStream();
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Set<String> had =
                    probe.supportedOptions().stream().map(SocketOption::name).collect(Collectors.toSet());
            return resolve(probe, had);
        } catch (IOException e) {
            throw new UncheckedIOException("no socket can be opened to look at its options", e);
        }
    }

    /** As {@link #forStream(SocketAddress)}, for the listening socket. */
    Map<SocketOption<?>, Object> forListener(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress ? Map.of() : forListener();
    }

    /**
     * The options that a listening socket has: the receive buffer must be known before a peer connects. Opens a socket
     * to ask.
     */
    Map<SocketOption<?>, Object> forListener() {
        try (ServerSocketChannel probe = ServerSocketChannel.open()) {
            Map<SocketOption<?>, Object> options = resolve(probe, Set.of("SO_REUSEPORT", "SO_RCVBUF"));
            options.put(StandardSocketOptions.SO_REUSEADDR, true);
            return options;
        } catch (IOException e) {
            throw new UncheckedIOException("no socket can be opened to look at its options", e);
        }
    }

    /** The options of a connected TCP socket. Opens a socket to ask. */
    Map<SocketOption<?>, Object> forStream() {
        Set<String> names = new HashSet<>(PROPERTIES.keySet());
        names.remove("SO_REUSEPORT");
        try (SocketChannel probe = SocketChannel.open()) {
            return resolve(probe, names);
        } catch (IOException e) {
            throw new UncheckedIOException("no socket can be opened to look at its options", e);
        }
    }

    /**
     * The options of a datagram socket. Opens a socket to ask.
     *
     * @throws IllegalArgumentException naming the property of an option that was set and only a stream has
     */
    Map<SocketOption<?>, Object> forDatagrams() {
        Set<String> names = Set.of("SO_REUSEPORT", "SO_SNDBUF", "SO_RCVBUF");
        values.forEach((name, value) -> {
            if (!names.contains(name)) {
                refuseUnlessDefault(PROPERTIES.getOrDefault(name, name), value, DEFAULTS.values.get(name));
            }
        });
        refuseUnlessDefault("linger", linger, DEFAULTS.linger);
        try (DatagramChannel probe = DatagramChannel.open()) {
            return resolve(probe, names);
        } catch (IOException e) {
            throw new UncheckedIOException("no socket can be opened to look at its options", e);
        }
    }

    private static void refuseUnlessDefault(String property, Object value, @Nullable Object usual) {
        if (!value.equals(usual)) {
            throw new IllegalArgumentException(
                    "socket option " + property + " = " + value + " means nothing to a datagram socket; leave it out");
        }
    }

    /**
     * Finds options by name among those that the platform supports, for some live in a module that the core does not
     * require.
     *
     * @throws UnsupportedOperationException naming the property of an option that the platform does not have
     */
    private Map<SocketOption<?>, Object> resolve(NetworkChannel channel, Set<String> names) {
        Map<String, SocketOption<?>> supported = new HashMap<>();
        channel.supportedOptions().forEach(option -> supported.put(option.name(), option));
        Map<SocketOption<?>, Object> resolved = new HashMap<>();
        values.forEach((name, value) -> {
            if (names.contains(name)) {
                SocketOption<?> option = supported.get(name);
                if (option == null) {
                    throw new UnsupportedOperationException("socket option " + PROPERTIES.get(name) + " (" + name
                            + ") is not supported on this platform; leave it out");
                }
                resolved.put(option, value);
            }
        });
        return resolved;
    }

    /** Asks the platform for every option that is set, without leaving a socket open. */
    void check() {
        forStream();
        forListener();
    }
}
