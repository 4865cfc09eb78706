package io.millio.net;

import io.millio.internal.Checks;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.pool.BufferPoolStats;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket, TCP or Unix domain, or a name in memory, whose connections are served by a {@link
 * ConnectionHandler}. Every method may be called by any thread.
 *
 * <pre>{@code
 * EventLoop loop = EventLoop.create();
 * try (TcpServer server = TcpServer.builder(loop).bind("127.0.0.1", 7001)
 *         .handler((connection, data) -> connection.write(data)).start()) {
 *     server.awaitClose();
 * }
 * }</pre>
 *
 * <p>A server that was built before its loop has started opens its port when the loop starts. It can be started again
 * after it was shut down or its loop was stopped. At its greatest number of connections it stops accepting until some
 * have closed, and clients wait in the kernel's queue; see {@link OverLimit}.
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

    /** How streams are cut into frames. */
    public Framing framing() {
        return options.stream().framing();
    }

    /**
     * Opens the port, and starts the loop if that is new. Does nothing if the server listens already.
     *
     * @throws java.io.UncheckedIOException if the address cannot be bound
     * @throws IllegalStateException if the server was closed or still drains, or its loop has stopped
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

    /**
     * Accepts nobody until {@link #resumeAccepting} or the next start: clients wait in the kernel's queue. Open
     * connections go on, and a shutdown still answers those who wait. Takes effect in the reactor's next turn.
     */
    public void pauseAccepting() {
        runtime.pauseAccepting(true);
    }

    /** Ends {@link #pauseAccepting}. */
    public void resumeAccepting() {
        runtime.pauseAccepting(false);
    }

    /**
     * Closes the port, answers what was received, flushes, and closes the connections; what is left at the time-out is
     * cut.
     *
     * @param timeout zero or longer
     * @return completes when the last connection is closed; must not be waited for in a callback
     */
    public CompletionStage<DrainReport> shutdown(Duration timeout) {
        Checks.notNegative("timeout", timeout);
        return runtime.shutdown(timeout);
    }

    /**
     * Shuts the server down for good, with a time-out of 2 s, waits for the end, for at most 4 s, and then frees its
     * token; called from a callback it only begins to. A handler that does not return delays the end. Idempotent.
     */
    @Override
    public void close() {
        runtime.close();
    }

    /**
     * Blocks until the server is shut down or closed, or its loop has stopped; returns at once if it was never started.
     */
    public void awaitClose() throws InterruptedException {
        runtime.awaitClose();
    }

    /** Whether {@link #pauseAccepting} holds. */
    public boolean isAcceptingPaused() {
        return runtime.isAcceptingPaused();
    }

    /** What the server has done so far. */
    public ServerStats stats() {
        return runtime.stats();
    }

    /** All connections that are open now, to send something to all of them. */
    public ConnectionGroup connections() {
        return runtime.group(null);
    }

    /** A group of connections by its name, which begins without members; see {@link ConnectionGroup}. */
    public ConnectionGroup group(String name) {
        return runtime.group(Checks.name("group", name));
    }

    /** The memory for what is received and to be sent, which all servers and clients of the loop share. */
    public BufferPoolStats bufferPoolStats() {
        return runtime.bufferPoolStats();
    }

    @Override
    public String toString() {
        return "TcpServer '" + name() + "' on "
                + (isListening() ? localAddress() : options.address() + " (not listening)");
    }

    /** Collects and checks the settings of a server; not for use by several threads. */
    public static final class Builder extends StreamBuilder<Builder> {
        private @Nullable SocketAddress address;
        private @Nullable Set<PosixFilePermission> permissions;
        private @Nullable Token token;
        private int backlog = 1024;
        private int maxConnections = 16_384;
        private int maxPerAddress;
        private int acceptRate;
        private OverLimit overLimit = OverLimit.PAUSE;

        private Builder(EventLoop loop) {
            super(loop);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * The address to listen on; port 0 lets the system choose. Resolves the host name, which may block.
         *
         * @throws IllegalArgumentException if the name cannot be resolved, or the port is not in 0 to 65 535
         */
        public Builder bind(String host, int port) {
            Checks.range("port", port, 0, 65_535);
            InetSocketAddress resolved = new InetSocketAddress(host, port);
            if (resolved.isUnresolved()) {
                throw new IllegalArgumentException(
                        "the address '" + host + "' cannot be resolved; is the host name right?");
            }
            return bind(resolved);
        }

        /**
         * The address to listen on. There is no default: which networks are served is for the caller to say.
         *
         * <p>With a {@link java.net.UnixDomainSocketAddress} the server makes a socket file and deletes it when it
         * stops listening. A file that is there already is replaced if it is a socket on which nobody listens; anything
         * else fails the start. On such a connection the peer's address has no path, and {@link Connection#abort}
         * cannot reset: after what was sent before, the peer finds the end of the stream, or a reset if it had sent
         * something that was not read.
         */
        public Builder bind(SocketAddress value) {
            Objects.requireNonNull(value, "address");
            if (value instanceof UnixDomainSocketAddress unix
                    && unix.getPath().toString().isEmpty()) {
                throw new IllegalArgumentException("a server needs a path of its own; give the address one");
            }
            address = value;
            return this;
        }

        /**
         * The permissions of a Unix domain socket's file from its first moment on; by default what the umask of the
         * process leaves. On Linux whoever connects needs permission to write. The process must be allowed to make
         * another file in the same directory for a moment, and the directory's path may have about 70 bytes.
         */
        public Builder socketFilePermissions(Set<PosixFilePermission> value) {
            permissions = Set.copyOf(value);
            return this;
        }

        /** Reserves a token of the loop's for this server; none by default. */
        public Builder token(Token value) {
            token = Objects.requireNonNull(value, "token");
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
         * Connections open at the same time from one remote address (one /64 network with IPv6), 0 to 16 777 216; 0,
         * the default, is no limit. Those above it are refused at once, whatever {@link #overLimit} says: others must
         * not wait for them. Only for TCP: all peers on this machine would have the same address.
         */
        public Builder maxConnectionsPerAddress(int value) {
            maxPerAddress = Checks.range("max connections per address", value, 0, 1 << 24);
            return this;
        }

        /**
         * Connections accepted per second, with a burst of one second's worth, 0 to 1 000 000; 0, the default, is no
         * limit.
         */
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
         * The server, not listening yet unless the loop is started later; see {@link TcpServer#start()}.
         *
         * @throws IllegalStateException if the address or the handler is missing
         * @throws IllegalArgumentException if the token is taken, or the settings contradict each other or the kind of
         *     address
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
            if (permissions != null && !(address instanceof UnixDomainSocketAddress)) {
                throw new IllegalArgumentException("socketFilePermissions " + PosixFilePermissions.toString(permissions)
                        + " do not apply to " + address + ", which has no file; leave them out");
            }
            if (maxPerAddress > 0 && !(address instanceof InetSocketAddress)) {
                throw new IllegalArgumentException("maxConnectionsPerAddress " + maxPerAddress + " does not apply to "
                        + address + ", for all its peers have one address; leave it out, and see maxConnections");
            }
            String named = name == null ? kind(address) + address : name;
            return new ServerOptions(
                    named,
                    address,
                    permissions,
                    token,
                    backlog,
                    maxConnections,
                    maxPerAddress,
                    acceptRate,
                    overLimit,
                    streamOptions("server '" + named + "'"));
        }
    }
}
