package io.millio.net;

import io.millio.internal.DrainCount;
import io.millio.internal.component.ComponentLives;
import io.millio.internal.transport.NioDatagrams;
import io.millio.pool.BufferPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind an endpoint: its settings and counters, and its lives, of which each is a {@link UdpSocket}. For any thread.
 */
final class UdpRuntime extends ComponentLives<UdpSocket> {
    static final int MAX_DATAGRAM = 65_507;

    final UdpEndpoint endpoint;
    final String name;
    final InetSocketAddress address;
    final @Nullable InetSocketAddress remote;
    final DatagramHandler handler;
    final int maxDatagram;
    final int sendQueue;
    final int mailbox;
    final Map<SocketOption<?>, Object> options;
    final BufferPool buffers;
    final StreamCounters counters = new StreamCounters();
    final LongAdder truncated = new LongAdder();
    final LongAdder errors = new LongAdder();

    UdpRuntime(UdpEndpoint endpoint, UdpEndpoint.Builder settings, InetSocketAddress address, DatagramHandler handler) {
        super(settings.loop, settings.token, settings.dispatch);
        this.endpoint = endpoint;
        this.name = settings.name == null ? "udp " + address : settings.name;
        this.address = address;
        this.remote = settings.remote;
        this.handler = handler;
        this.maxDatagram = settings.maxDatagram;
        this.sendQueue = settings.sendQueue;
        this.mailbox = settings.mailbox;
        this.options = Map.copyOf(settings.options());
        this.buffers = port.shared(BufferPool.class, () -> BufferPool.create(port.bufferBudget()));
        if (remote != null) {
            check(remote);
        }
        attach();
    }

    // ---- opening ----------------------------------------------------------------------------------------------------

    @Override
    protected UdpSocket create() {
        try {
            return new UdpSocket(this, reactor);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    this + " cannot be bound to " + address + (remote == null ? "" : " and connected to " + remote)
                            + ": " + e.getMessage(),
                    e);
        }
    }

    @Override
    protected void begin(UdpSocket opened) {
        reactor.execute(opened::start);
    }

    SocketAddress localAddress() {
        return openSocket().channel().address();
    }

    /** For messages. */
    String place() {
        UdpSocket current = life();
        return current == null
                ? address + " (not open)"
                : current.channel().address().toString();
    }

    private UdpSocket openSocket() {
        UdpSocket current = life();
        if (current == null) {
            throw new IllegalStateException(this + " is not open; start it first");
        }
        return current;
    }

    // ---- sending ----------------------------------------------------------------------------------------------------

    WriteResult send(@Nullable SocketAddress target, ByteBuffer data) {
        SocketAddress to = target == null ? remote : target;
        if (to == null) {
            throw new IllegalStateException(
                    this + " is not connected; send to an address, or give the builder one to connect to");
        }
        check(to);
        if (data.remaining() > MAX_DATAGRAM) {
            throw new IllegalArgumentException("a datagram holds at most " + MAX_DATAGRAM + " bytes, but this one has "
                    + data.remaining() + "; send it in parts, or over TCP");
        }
        UdpSocket current = life();
        String refusal =
                current == null ? NioDatagrams.CLOSED : current.channel().send(to, data);
        if (refusal != null) {
            counters.rejected(refusal);
            return WriteResult.REJECTED;
        }
        return WriteResult.ACCEPTED;
    }

    <T extends @Nullable Object> void deliver(
            CompletionStage<? extends T> stage, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> callback) {
        UdpSocket current = life();
        if (current == null) {
            counters.rejected(NioDatagrams.CLOSED);
        } else {
            current.deliver(stage, callback);
        }
    }

    private void check(SocketAddress to) {
        if (remote != null && !remote.equals(to)) {
            throw new IllegalArgumentException(this + " is connected to " + remote + " and cannot send to " + to);
        }
        if (!(to instanceof InetSocketAddress target) || target.isUnresolved()) {
            throw new IllegalArgumentException(
                    "a datagram needs a resolved internet address, but " + to + " is none; is the host name right?");
        }
        InetAddress own = address.getAddress();
        if (target.getAddress() instanceof Inet6Address && own instanceof Inet4Address && !own.isAnyLocalAddress()) {
            throw new IllegalArgumentException(
                    this + " is bound to the IPv4 address " + own.getHostAddress() + " and cannot send to " + to);
        }
    }

    Runnable join(InetAddress group, NetworkInterface network) {
        if (!group.isMulticastAddress()) {
            throw new IllegalArgumentException(group + " is no multicast address; take one of 224.0.0.0/4 or ff00::/8");
        }
        try {
            return openSocket().channel().join(group, network);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    this + " cannot join " + group + " on interface " + network.getName() + ": " + e.getMessage(), e);
        }
    }

    // ---- closing ----------------------------------------------------------------------------------------------------

    @Override
    protected void drain(UdpSocket current) {
        reactor.execute(current::drain);
    }

    @Override
    protected void cut(UdpSocket current) {
        reactor.execute(() -> current.close(CloseReason.DRAIN_TIMEOUT, true));
    }

    @Override
    protected void stop(UdpSocket current) {
        current.close(CloseReason.LOCAL, false);
    }

    @Override
    protected void abandon(UdpSocket left) {
        left.abandon();
    }

    @Override
    protected DrainCount count(UdpSocket over) {
        CloseReason reason = over.reason();
        return reason == CloseReason.DRAINED
                ? new DrainCount(1, 0)
                : reason == CloseReason.DRAIN_TIMEOUT ? new DrainCount(0, 1) : DrainCount.NOTHING;
    }

    void report(Throwable error) {
        port.report(endpoint, error);
    }

    UdpStats stats() {
        UdpSocket current = life();
        return new UdpStats(
                counters.messagesIn.sum(),
                counters.messagesOut.sum(),
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.rejectedByLimit(),
                truncated.sum(),
                errors.sum(),
                counters.errorsByKind(),
                current == null ? 0 : current.channel().queued(),
                current == null ? 0 : current.undelivered());
    }

    @Override
    public String toString() {
        return "endpoint '" + name + "'";
    }
}
