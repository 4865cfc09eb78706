package io.millio.net;

import io.millio.internal.Checks;
import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A listening TCP socket whose connections are served by a {@link ConnectionHandler}. Every method may be called by any thread.
 *
 * <pre>{@code
 * EventLoop loop = EventLoop.create();
 * try (TcpServer server = TcpServer.builder(loop).bind("127.0.0.1", 7001)
 *         .handler((connection, data) -> connection.write(data)).start()) {
 *     server.awaitClose();
 * }
 * }</pre>
 *
 * <p>A server that was built before its loop has started opens its port when the loop starts. It can be started again after it
 * was shut down or its loop was stopped. Above the greatest number of connections it stops accepting until one is closed; clients
 * then wait in the kernel's queue.
 */
public final class TcpServer implements AutoCloseable {
    private final ServerOptions options;
    private final ServerRuntime runtime;

    private TcpServer(EventLoop loop, ServerOptions options) {
        this.options = options;
        this.runtime = new ServerRuntime(loop, options);
    }

    /** A builder for a server on this loop. */
    public static Builder builder(EventLoop loop) {
        return new Builder(loop);
    }

    /** The name, as in messages and meters. */
    public String name() {
        return options.name();
    }

    /** The token reserved for this server, or null. */
    public @Nullable Token token() {
        return options.token();
    }

    /**
     * Opens the port, and starts the loop if that is new. Does nothing if the server listens already.
     *
     * @throws java.io.UncheckedIOException if the address cannot be bound
     * @throws IllegalStateException if the server was closed, or its loop has stopped
     */
    public TcpServer start() {
        runtime.start();
        return this;
    }

    /** Whether the port is open. */
    public boolean isListening() {
        return runtime.isListening();
    }

    /**
     * The address with the port that was really bound, which a configured port 0 leaves to the system.
     *
     * @throws IllegalStateException if the server is not listening
     */
    public SocketAddress localAddress() {
        return runtime.localAddress();
    }

    /** Accepts what waits in the kernel's queue and no more, and leaves the open connections alone; undone by {@link #resumeAccepting}. */
    public void pauseAccepting() {
        runtime.pauseAccepting(true);
    }

    /** Ends {@link #pauseAccepting}. */
    public void resumeAccepting() {
        runtime.pauseAccepting(false);
    }

    /**
     * Closes the port, answers what was received, flushes, and closes the connections; what is left at the time-out is cut.
     *
     * @param timeout zero or longer
     * @return completes when the last connection is closed; must not be waited for in a callback
     */
    public CompletionStage<DrainReport> shutdown(Duration timeout) {
        Checks.notNegative("timeout", timeout);
        return runtime.shutdown(timeout);
    }

    /**
     * Shuts the server down for good, with a time-out of 2 s, waits for the end, and frees its token; called from a callback it only
     * begins to. Idempotent.
     */
    @Override
    public void close() {
        runtime.close();
    }

    /** Blocks until the server is shut down or closed, or its loop has stopped; returns at once if it was never started. */
    public void awaitClose() throws InterruptedException {
        runtime.awaitClose();
    }

    /** What the server has done so far. */
    public ServerStats stats() {
        return runtime.stats();
    }

    @Override
    public String toString() {
        return "TcpServer '" + name() + "' on "
                + (isListening() ? localAddress() : options.address() + " (not listening)");
    }

    /** Collects and checks the settings of a server; not for use by several threads. */
    public static final class Builder {
        private final EventLoop loop;
        private @Nullable String name;
        private @Nullable SocketAddress address;
        private @Nullable Token token;
        private @Nullable Supplier<? extends ConnectionHandler> handlers;
        private @Nullable Dispatch dispatch;
        private Framing framing = Framing.none();
        private int backlog = 1024;
        private int maxConnections = 16_384;
        private int maxPerAddress;
        private int acceptRate;
        private OverLimit overLimit = OverLimit.PAUSE;
        private SocketOptions socket = SocketOptions.defaults();
        private Duration readIdleTimeout = Duration.ZERO;
        private Duration writeIdleTimeout = Duration.ZERO;
        private Duration firstByteTimeout = Duration.ZERO;
        private Duration maxAge = Duration.ZERO;
        private Duration maxAgeJitter = Duration.ZERO;
        private int writeLow = 32 * 1024;
        private int writeHigh = 64 * 1024;
        private int writeCap = 4 * 1024 * 1024;
        private Duration idleTimeout = Duration.ofMinutes(5);
        private Duration stallTimeout = Duration.ofSeconds(30);

        private Builder(EventLoop loop) {
            this.loop = Objects.requireNonNull(loop, "loop");
        }

        /** The name in messages and meters; "tcp" and the address by default. */
        public Builder name(String value) {
            name = Checks.name("name", value);
            return this;
        }

        /** The address to listen on; port 0 lets the system choose. Resolves the host name, which may block. */
        public Builder bind(String host, int port) {
            Checks.range("port", port, 0, 65_535);
            InetSocketAddress resolved = new InetSocketAddress(host, port);
            if (resolved.isUnresolved()) {
                throw new IllegalArgumentException(
                        "the address '" + host + "' cannot be resolved; is the host name right?");
            }
            return bind(resolved);
        }

        /** The address to listen on. There is no default: which networks are served is for the caller to say. */
        public Builder bind(SocketAddress value) {
            address = Objects.requireNonNull(value, "address");
            return this;
        }

        /** Reserves a token of the loop's for this server; none by default. */
        public Builder token(Token value) {
            token = Objects.requireNonNull(value, "token");
            return this;
        }

        /** One handler for all connections at once; this or {@link #handlerFactory} is required. */
        public Builder handler(ConnectionHandler value) {
            Objects.requireNonNull(value, "handler");
            handlers = () -> value;
            return this;
        }

        /** A handler for each connection, made on the connection's reactor, where the factory must not block. */
        public Builder handlerFactory(Supplier<? extends ConnectionHandler> value) {
            handlers = Objects.requireNonNull(value, "handler factory");
            return this;
        }

        /** Where callbacks run; as the loop's by default. */
        public Builder dispatch(Dispatch value) {
            if (value == Dispatch.VIRTUAL) {
                throw new UnsupportedOperationException(
                        "dispatch VIRTUAL is not available in this version; use WORKERS (blocking handlers) or DIRECT");
            }
            dispatch = value;
            return this;
        }

        /** How the stream is cut into frames; {@link Framing#none} by default. */
        public Builder framing(Framing value) {
            framing = Objects.requireNonNull(value, "framing");
            return this;
        }

        /** Connections that the kernel may hold until they are accepted, 1 to 65 535; 1024 by default. */
        public Builder backlog(int value) {
            backlog = Checks.range("backlog", value, 1, 65_535);
            return this;
        }

        /** Connections open at the same time, 1 to 16 777 216; 16 384 by default. */
        public Builder maxConnections(int value) {
            maxConnections = Checks.range("max connections", value, 1, 1 << 24);
            return this;
        }

        /**
         * Connections open at the same time from one remote address (one /64 network with IPv6), 0 to 16 777 216; 0, the default, is no
         * limit. Those above it are refused at once, whatever {@link #overLimit} says: the others must not wait for them.
         */
        public Builder maxConnectionsPerAddress(int value) {
            maxPerAddress = Checks.range("max connections per address", value, 0, 1 << 24);
            return this;
        }

        /** Connections accepted per second, with a burst of one second's worth, 0 to 1 000 000; 0, the default, is no limit. */
        public Builder acceptRate(int perSecond) {
            acceptRate = Checks.range("accept rate", perSecond, 0, 1_000_000);
            return this;
        }

        /** What happens above the greatest number of connections and above the accept rate; PAUSE by default. */
        public Builder overLimit(OverLimit value) {
            overLimit = Objects.requireNonNull(value, "over limit");
            return this;
        }

        /**
         * Options of the sockets.
         *
         * @throws UnsupportedOperationException if the platform has not one that is set
         */
        public Builder socket(SocketOptions value) {
            value.check();
            socket = value;
            return this;
        }

        /**
         * The watermarks and the cap of the bytes that a connection may owe its peer: above {@code high} nothing more is delivered to
         * the handler until they are at {@code low}; a write that would exceed {@code cap} ends the connection. 32 KiB, 64 KiB and
         * 4 MiB by default.
         *
         * @throws IllegalArgumentException unless 0 &lt;= low &lt;= high &lt;= cap and 1 &lt;= high
         */
        public Builder writeBuffer(int low, int high, int cap) {
            if (low < 0 || high < 1 || low > high || high > cap) {
                throw new IllegalArgumentException(
                        "write buffer must satisfy 0 <= low <= high <= cap and high >= 1, but low is " + low
                                + ", high is " + high + ", cap is " + cap);
            }
            writeLow = low;
            writeHigh = high;
            writeCap = cap;
            return this;
        }

        /** Calls {@link ConnectionHandler#onIdle}, which closes, when nothing was received or written for so long; 5 min by default, 0 never. */
        public Builder idleTimeout(Duration value) {
            idleTimeout = Checks.notNegative("idle timeout", value);
            return this;
        }

        /** As {@link #idleTimeout}, for receiving alone; 0, the default, is never. */
        public Builder readIdleTimeout(Duration value) {
            readIdleTimeout = Checks.notNegative("read idle timeout", value);
            return this;
        }

        /** As {@link #idleTimeout}, for writing alone; 0, the default, is never. */
        public Builder writeIdleTimeout(Duration value) {
            writeIdleTimeout = Checks.notNegative("write idle timeout", value);
            return this;
        }

        /** Closes a connection whose peer has sent nothing at all for so long after it connected; 0, the default, is never. */
        public Builder firstByteTimeout(Duration value) {
            firstByteTimeout = Checks.notNegative("first byte timeout", value);
            return this;
        }

        /**
         * Drains and closes a connection that is so old, plus up to {@code jitter} so that those that came together do not leave
         * together; 0, the default, is never.
         */
        public Builder maxAge(Duration age, Duration jitter) {
            maxAge = Checks.notNegative("max age", age);
            maxAgeJitter = Checks.notNegative("max age jitter", jitter);
            return this;
        }

        /** Resets a connection whose peer has taken nothing of what it is owed for so long; 30 s by default, 0 never. */
        public Builder stallTimeout(Duration value) {
            stallTimeout = Checks.notNegative("stall timeout", value);
            return this;
        }

        /**
         * The server, not listening yet unless the loop is started later; see {@link TcpServer#start()}.
         *
         * @throws IllegalStateException if the address or the handler is missing
         * @throws IllegalArgumentException if the token is taken, or the settings contradict each other
         */
        public TcpServer build() {
            return new TcpServer(loop, options());
        }

        /** {@link #build} and {@link TcpServer#start} in one. */
        public TcpServer start() {
            TcpServer server = build();
            try {
                return server.start();
            } catch (RuntimeException | Error e) {
                server.close();
                throw e;
            }
        }

        ServerOptions options() {
            if (address == null) {
                throw new IllegalStateException("a server needs an address: call bind(host, port)");
            }
            if (handlers == null) {
                throw new IllegalStateException("a server needs a handler: call handler(...) or handlerFactory(...)");
            }
            if (framing != Framing.none() && writeCap / 2 < framing.maxFrame()) {
                throw new IllegalArgumentException("the write cap must be at least twice the greatest frame, but is "
                        + writeCap + " with a max frame of " + framing.maxFrame()
                        + "; lower maxFrame or raise the cap of writeBuffer");
            }
            return new ServerOptions(
                    name == null ? "tcp " + address : name,
                    address,
                    token,
                    backlog,
                    handlers,
                    dispatch == null ? loop.dispatch() : dispatch,
                    framing,
                    maxConnections,
                    maxPerAddress,
                    acceptRate,
                    overLimit,
                    writeLow,
                    writeHigh,
                    writeCap,
                    Checks.nanos(idleTimeout),
                    Checks.nanos(readIdleTimeout),
                    Checks.nanos(writeIdleTimeout),
                    Checks.nanos(stallTimeout),
                    Checks.nanos(firstByteTimeout),
                    Checks.nanos(maxAge),
                    Checks.nanos(maxAgeJitter),
                    socket);
        }
    }
}
