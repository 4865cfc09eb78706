package io.millio.net;

import io.millio.internal.Checks;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.time.Ticker;
import io.millio.time.Timeout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections to one address, which are served by a {@link ConnectionHandler} with the same promises as a
 * server's. Every method may be called by any thread.
 *
 * <pre>{@code
 * try (TcpClient client = TcpClient.builder(loop).connectTo("localhost", 7001)
 *         .handler((connection, data) -> print(data)).build()) {
 *     Connection connection = client.connect().join();
 *     connection.write(request);
 * }
 * }</pre>
 *
 * <p>A host name is looked up for each attempt, on threads of its own, since that blocks. If it has several addresses
 * they are tried as RFC 8305 has it: IPv6 and IPv4 in turn, beginning with the family that the lookup names first, the
 * next one as soon as one fails or after 250 ms; the first to answer ends the others.
 *
 * <p>What is <em>not</em> promised: on which of the loop's reactors a connection lives. Only if {@link #connect} is
 * called on a reactor it is that one.
 */
public final class TcpClient implements AutoCloseable {
    private final ClientRuntime runtime;

    private TcpClient(EventLoop loop, ClientOptions options) {
        this.runtime = new ClientRuntime(loop, options);
    }

    /** A builder for a client on this loop. */
    public static Builder builder(EventLoop loop) {
        return new Builder(loop);
    }

    /** The name, as in messages and meters. */
    public String name() {
        return runtime.options().name();
    }

    /**
     * Begins to connect, and starts the loop if that is new; does not block. The future completes with the connection,
     * in order with its callbacks: after onOpen and before the first onData. Or it fails with a {@link
     * java.net.ConnectException} or a {@link java.net.SocketTimeoutException}, which names the addresses and carries
     * what happened to each as suppressed, or with an {@link IllegalStateException} if the client is closed or its loop
     * does not run. Cancelling the future ends the attempt. With {@link Builder#reconnect} it fails only when the
     * client or the loop ends.
     *
     * <p>What depends on the future runs on the thread of the connection's callbacks, or of its reactor.
     */
    public CompletableFuture<Connection> connect() {
        return connect(Duration.ZERO);
    }

    /**
     * As {@link #connect()}, but begins after a delay that the connect time-out does not include: for callers that
     * retry by themselves.
     */
    public CompletableFuture<Connection> connect(Duration delay) {
        return runtime.connect(Checks.nanos(Checks.notNegative("delay", delay)));
    }

    /**
     * Makes no more connections, ends the attempts, answers what was received, flushes, and closes the connections;
     * what is left at the time-out is cut. When that is over {@link #connect} can be called again.
     *
     * @param timeout zero or longer
     * @return completes when the last connection is closed; must not be waited for in a callback
     */
    public CompletionStage<DrainReport> shutdown(Duration timeout) {
        Checks.notNegative("timeout", timeout);
        return runtime.shutdown(timeout);
    }

    /**
     * Shuts the client down for good, with a time-out of 2 s, and waits for the end, for at most 4 s; called from a
     * callback it only begins to. A handler that does not return delays the end. Idempotent.
     */
    @Override
    public void close() {
        runtime.close();
    }

    /** As {@link EventLoop#schedule}, on this client's loop: for time-outs of requests, say. */
    public Timeout schedule(Duration delay, Runnable task) {
        return runtime.loop().schedule(delay, task);
    }

    /** The clock of this client's loop. */
    public Ticker ticker() {
        return runtime::nanos;
    }

    /** Whether the caller is one of the loop's reactors, which must not wait for anything. */
    public boolean inReactor() {
        return runtime.inReactor();
    }

    /** What the client has done so far. */
    public ClientStats stats() {
        return runtime.stats();
    }

    @Override
    public String toString() {
        return "TcpClient '" + name() + "' to " + runtime.options().target();
    }

    /** Collects and checks the settings of a client; not for use by several threads. */
    public static final class Builder extends StreamBuilder<Builder> {
        private static final Pattern IPV4 = Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");

        private @Nullable SocketAddress address;
        private @Nullable SocketAddress local;
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration firstDelay = Duration.ZERO;
        private Duration maxDelay = Duration.ZERO;
        private NameResolver resolver = InetAddress::getAllByName;

        private Builder(EventLoop loop) {
            super(loop);
        }

        @Override
        Builder self() {
            return this;
        }

        /** The server's address, by name or number; a name is looked up when the client connects. */
        public Builder connectTo(String host, int port) {
            Checks.range("port", port, 1, 65_535);
            // An address in numbers needs no lookup and must not wait for one.
            boolean numbers = host.indexOf(':') >= 0 || IPV4.matcher(host).matches();
            return connectTo(
                    numbers ? new InetSocketAddress(host, port) : InetSocketAddress.createUnresolved(host, port));
        }

        /**
         * The server's address: of the Internet, resolved or not, of a Unix domain socket, or a {@link LocalAddress}.
         */
        public Builder connectTo(SocketAddress value) {
            address = Objects.requireNonNull(value, "address");
            return this;
        }

        /**
         * This side's address; left to the system by default. With a port other than 0 there can be one connection at a
         * time.
         */
        public Builder bindLocal(SocketAddress value) {
            local = Objects.requireNonNull(value, "local address");
            return this;
        }

        /** How long an attempt may take, the lookup of the name included; above 0, 5 s by default. */
        public Builder connectTimeout(Duration value) {
            if (value.isZero() || value.isNegative()) {
                throw new IllegalArgumentException("connect timeout must be above 0, but is " + value);
            }
            connectTimeout = value;
            return this;
        }

        /**
         * Keeps each connection up: an attempt that failed is made again, and so is a connection that ended for any
         * reason but this side's own close, abort or drain, until the client is closed. The delay before an attempt
         * lies anywhere between 0 and a bound that begins with {@code firstDelay} and doubles up to {@code maxDelay};
         * it begins anew once a connection has lasted for {@code maxDelay}. Failed attempts are told to the loop's
         * error listener. Twice 0, the default, switches it off.
         *
         * @throws IllegalArgumentException unless 0 &lt; firstDelay &lt;= maxDelay, or both are 0
         */
        public Builder reconnect(Duration firstDelay, Duration maxDelay) {
            if (firstDelay.isNegative()
                    || firstDelay.compareTo(maxDelay) > 0
                    || (firstDelay.isZero() && !maxDelay.isZero())) {
                throw new IllegalArgumentException(
                        "reconnect must satisfy 0 < first delay <= max delay, or both be 0, but they are " + firstDelay
                                + " and " + maxDelay);
            }
            this.firstDelay = firstDelay;
            this.maxDelay = maxDelay;
            return this;
        }

        /** For tests: who answers for the system's lookups. */
        Builder resolver(NameResolver value) {
            resolver = value;
            return this;
        }

        /**
         * The client, which opens nothing yet.
         *
         * @throws IllegalStateException if the address or the handler is missing
         * @throws IllegalArgumentException if the settings contradict each other
         */
        public TcpClient build() {
            if (address == null) {
                throw new IllegalStateException("a client needs an address: call connectTo(host, port)");
            }
            String named = name == null ? kind(address) + ClientOptions.text(address) : name;
            return new TcpClient(
                    loop,
                    new ClientOptions(
                            named,
                            address,
                            local,
                            Checks.nanos(connectTimeout),
                            Checks.nanos(firstDelay),
                            Checks.nanos(maxDelay),
                            resolver,
                            streamOptions("client '" + named + "'")));
        }
    }
}
