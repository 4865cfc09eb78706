package io.millio.net;

import io.millio.internal.Checks;
import io.millio.internal.VirtualThreads;
import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket that gives what it receives to a {@link DatagramHandler}, and sends. Every method may be called by any
 * thread.
 *
 * <pre>{@code
 * EventLoop loop = EventLoop.create();
 * try (UdpEndpoint endpoint = UdpEndpoint.builder(loop).bind("127.0.0.1", 7002)
 *         .handler((self, sender, data, truncated) -> self.send(sender, data)).start()) {
 *     endpoint.awaitClose();
 * }
 * }</pre>
 *
 * <p>An endpoint lives on one reactor; several endpoints of a loop are spread over its reactors. One that was built
 * before its loop has started opens when the loop starts. It can be started again after it was shut down or its loop
 * was stopped.
 *
 * <p>What is <em>not</em> promised: UDP loses, repeats and reorders datagrams between the peers, and the system drops,
 * uncounted here, what comes while its receive buffer is full. What is lost in this process is counted by reason, see
 * {@link UdpStats}.
 */
public final class UdpEndpoint implements AutoCloseable {
    private final UdpRuntime runtime;

    private UdpEndpoint(Builder settings, InetSocketAddress address, DatagramHandler handler) {
        this.runtime = new UdpRuntime(this, settings, address, handler);
    }

    /** A builder for an endpoint on this loop. */
    public static Builder builder(EventLoop loop) {
        return new Builder(loop);
    }

    /** The name, as in messages and meters. */
    public String name() {
        return runtime.name;
    }

    /** The token reserved for this endpoint, or null. */
    public @Nullable Token token() {
        return runtime.token;
    }

    /**
     * Binds the socket, and starts the loop if that is new. Does nothing if the endpoint is open already.
     *
     * @throws java.io.UncheckedIOException if the address cannot be bound, or the remote one cannot be reached
     * @throws IllegalStateException if the endpoint was closed or still drains, or its loop has stopped
     */
    public UdpEndpoint start() {
        runtime.start();
        return this;
    }

    /** Whether the socket is bound, and not being shut down. */
    public boolean isOpen() {
        return runtime.isOpen();
    }

    /**
     * The address with the port that was really bound, which a configured port 0 leaves to the system.
     *
     * @throws IllegalStateException if the endpoint is not open
     */
    public SocketAddress localAddress() {
        return runtime.localAddress();
    }

    /** The address it is connected to, or null. */
    public @Nullable SocketAddress remoteAddress() {
        return runtime.remote;
    }

    /**
     * Sends a datagram at once, or queues a copy if the socket has no room. Datagrams of one thread leave in the order
     * in which they were sent.
     *
     * @param data from its position to its limit, 0 to 65 507 bytes
     * @return ACCEPTED if the data was sent or queued, and consumed; REJECTED if it was dropped, counted, and is
     *     untouched: the queue is full, the loop's buffers are used up, the system refused it, or the endpoint is not
     *     open. Never CONGESTED
     * @throws IllegalArgumentException if there is more data than that, or the address is unresolved, or IPv6 at an
     *     IPv4 endpoint, or not the one the endpoint is connected to
     */
    public WriteResult send(SocketAddress target, ByteBuffer data) {
        return runtime.send(Objects.requireNonNull(target, "target"), data);
    }

    /**
     * As {@link #send(SocketAddress, ByteBuffer)}, to the address the endpoint is connected to.
     *
     * @throws IllegalStateException if it is not connected
     */
    public WriteResult send(ByteBuffer data) {
        return runtime.send(null, data);
    }

    /**
     * Brings the result of work done elsewhere, as on a compute pool, back to this endpoint: calls the callback in order with the others
     * and on their thread. A drain waits until it has returned.
     *
     * @param callback told the value, or what the stage failed with; not called once the endpoint is closed, which counts as an answer
     *     dropped. What it throws counts as thrown by a callback
     * @throws IllegalStateException if 32 767 works of this endpoint are open
     */
    public <T extends @Nullable Object> void deliver(
            CompletionStage<? extends T> stage, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> callback) {
        runtime.deliver(Objects.requireNonNull(stage, "stage"), Objects.requireNonNull(callback, "callback"));
    }

    /**
     * Joins a multicast group, until the membership or the endpoint is closed. An endpoint that is started again has to
     * join again; the place for that is {@link DatagramHandler#onOpen}. To receive what is sent to a group, bind to the
     * group's port at the wildcard address.
     *
     * @param network the interface on which the group is to be heard
     * @throws IllegalArgumentException if the address is not that of a multicast group
     * @throws IllegalStateException if the endpoint is not open
     * @throws java.io.UncheckedIOException if the system refuses, for an interface without multicast say
     */
    public Membership join(InetAddress group, NetworkInterface network) {
        return runtime.join(group, network)::run;
    }

    /**
     * Delivers what was received and what {@link #deliver} has begun, flushes, and closes; what is left at the time-out is dropped.
     *
     * @param timeout zero or longer
     * @return completes when the endpoint is closed; must not be waited for in a callback
     */
    public CompletionStage<DrainReport> shutdown(Duration timeout) {
        Checks.notNegative("timeout", timeout);
        return runtime.shutdown(timeout);
    }

    /**
     * Shuts the endpoint down for good, with a time-out of 2 s, waits for the end, for at most 4 s, and then frees its
     * token; called from a callback it only begins to. A handler that does not return delays the end. Idempotent.
     */
    @Override
    public void close() {
        runtime.close();
    }

    /**
     * Blocks until the endpoint is shut down or closed, or its loop has stopped; returns at once if it was never
     * started.
     */
    public void awaitClose() throws InterruptedException {
        runtime.awaitClose();
    }

    /** What the endpoint has done so far. */
    public UdpStats stats() {
        return runtime.stats();
    }

    @Override
    public String toString() {
        return "UdpEndpoint '" + name() + "' on " + runtime.place();
    }

    /** An endpoint's membership of a multicast group. */
    @FunctionalInterface
    public interface Membership extends AutoCloseable {
        /** Leaves the group; from any thread, idempotent, and without effect when the endpoint is closed. */
        @Override
        void close();
    }

    /** Collects and checks the settings of an endpoint; not for use by several threads. */
    public static final class Builder {
        final EventLoop loop;

        @Nullable
        String name;

        @Nullable
        InetSocketAddress remote;

        @Nullable
        Token token;

        @Nullable
        Dispatch dispatch;

        int maxDatagram = UdpRuntime.MAX_DATAGRAM;
        int sendQueue = 1024;
        int mailbox = 1024;
        private @Nullable InetSocketAddress address;
        private @Nullable DatagramHandler handler;
        private SocketOptions socket = SocketOptions.defaults();
        private final Map<SocketOption<?>, Object> own = new HashMap<>();

        private Builder(EventLoop loop) {
            this.loop = Objects.requireNonNull(loop, "loop");
        }

        /** The name in messages and meters, 1 to 128 characters; "udp" and the address by default. */
        public Builder name(String value) {
            name = Checks.name("name", value);
            return this;
        }

        /** As {@link #bind(SocketAddress)}; port 0 lets the system choose. Resolves the host name, which may block. */
        public Builder bind(String host, int port) {
            return bind(new InetSocketAddress(host, Checks.range("port", port, 0, 65_535)));
        }

        /**
         * The address to receive at. There is no default: which networks are served is for the caller to say.
         *
         * @throws IllegalArgumentException if it is not an internet address, or not resolved
         */
        public Builder bind(SocketAddress value) {
            address = resolved(value);
            return this;
        }

        /** The one address to send to and to receive from; none by default. Resolves the host name, which may block. */
        public Builder connect(String host, int port) {
            return connect(new InetSocketAddress(host, Checks.range("port", port, 1, 65_535)));
        }

        /**
         * As {@link #connect(String, int)}. What is reported of it, such as a port that is unreachable, never closes
         * the endpoint.
         */
        public Builder connect(SocketAddress value) {
            remote = resolved(value);
            return this;
        }

        private static InetSocketAddress resolved(SocketAddress value) {
            if (!(value instanceof InetSocketAddress inet) || inet.isUnresolved()) {
                throw new IllegalArgumentException("a datagram socket needs a resolved internet address, but "
                        + Objects.requireNonNull(value, "address") + " is none; is the host name right?");
            }
            return inet;
        }

        /** Reserves a token of the loop's for this endpoint; none by default. */
        public Builder token(Token value) {
            token = Objects.requireNonNull(value, "token");
            return this;
        }

        /** What is done with the datagrams; required. */
        public Builder handler(DatagramHandler value) {
            handler = Objects.requireNonNull(value, "handler");
            return this;
        }

        /**
         * Where callbacks run; by default where the loop says.
         *
         * @throws UnsupportedOperationException if it is VIRTUAL, before JDK 21
         */
        public Builder dispatch(Dispatch value) {
            if (value == Dispatch.VIRTUAL) {
                VirtualThreads.require("dispatch VIRTUAL", "use WORKERS (blocking handlers) or DIRECT");
            }
            dispatch = value;
            return this;
        }

        /**
         * The greatest datagram delivered whole, 1 to 65 527 bytes; 65 507 by default. A longer one is cut to this and
         * flagged.
         */
        public Builder maxDatagram(int bytes) {
            maxDatagram = Checks.range("max datagram", bytes, 1, 65_527);
            return this;
        }

        /** Datagrams that may wait for room in the socket, 1 to 65 536; 1024 by default. */
        public Builder sendQueue(int datagrams) {
            sendQueue = Checks.range("send queue", datagrams, 1, 65_536);
            return this;
        }

        /**
         * Datagrams received that may wait for the handler, 1 to 65 536; 1024 by default. They hold 1 MiB together at
         * the most, whatever their number.
         */
        public Builder mailbox(int datagrams) {
            mailbox = Checks.range("mailbox", datagrams, 1, 65_536);
            return this;
        }

        /**
         * Options of the socket; of these, the buffers and the reuse of the port apply.
         *
         * @throws IllegalArgumentException if one is set that only streams have
         * @throws UnsupportedOperationException if one is set that the platform does not have
         */
        public Builder socket(SocketOptions value) {
            value.forDatagrams();
            socket = value;
            return this;
        }

        /**
         * Lets several sockets be bound to one address, as receivers of one multicast group are (SO_REUSEADDR); the
         * system's default.
         */
        public Builder reuseAddress(boolean on) {
            return option(StandardSocketOptions.SO_REUSEADDR, on);
        }

        /** Allows to send to broadcast addresses (SO_BROADCAST); the system's default. */
        public Builder broadcast(boolean on) {
            return option(StandardSocketOptions.SO_BROADCAST, on);
        }

        /** The interface through which multicast datagrams leave; chosen by the system by default. */
        public Builder multicastInterface(NetworkInterface value) {
            return option(StandardSocketOptions.IP_MULTICAST_IF, Objects.requireNonNull(value, "interface"));
        }

        /** Routers that a multicast datagram may pass, 0 to 255; 1, the local network alone, by default. */
        public Builder multicastTtl(int value) {
            return option(StandardSocketOptions.IP_MULTICAST_TTL, Checks.range("multicast TTL", value, 0, 255));
        }

        /**
         * Whether receivers on this host get the multicast datagrams sent here; the system's default, on Linux that
         * they do.
         */
        public Builder multicastLoopback(boolean on) {
            return option(StandardSocketOptions.IP_MULTICAST_LOOP, on);
        }

        private <T> Builder option(SocketOption<T> option, T value) {
            own.put(option, value);
            return this;
        }

        Map<SocketOption<?>, Object> options() {
            Map<SocketOption<?>, Object> all = socket.forDatagrams();
            all.putAll(own);
            return all;
        }

        /**
         * The endpoint, not open yet unless the loop is started later; see {@link UdpEndpoint#start()}.
         *
         * @throws IllegalStateException if the address or the handler is missing
         * @throws IllegalArgumentException if the token is taken
         */
        public UdpEndpoint build() {
            if (address == null) {
                throw new IllegalStateException("an endpoint needs an address: call bind(host, port)");
            }
            if (handler == null) {
                throw new IllegalStateException("an endpoint needs a handler: call handler(...)");
            }
            return new UdpEndpoint(this, address, handler);
        }

        /** {@link #build} and {@link UdpEndpoint#start} in one. */
        public UdpEndpoint start() {
            UdpEndpoint endpoint = build();
            try {
                return endpoint.start();
            } catch (RuntimeException | Error e) {
                endpoint.close();
                throw e;
            }
        }
    }
}
