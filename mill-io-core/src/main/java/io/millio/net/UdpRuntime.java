package io.millio.net;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.internal.transport.NioDatagrams;
import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
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
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind an endpoint: its settings and counters, and the order of its lives, of which each is a {@link UdpSocket}. For any
 * thread; its state is guarded by its monitor, which is never held while a handler, the loop or a socket is called.
 */
final class UdpRuntime implements LoopComponent {
    static final int MAX_DATAGRAM = 65_507;

    final UdpEndpoint endpoint;
    final String name;
    final InetSocketAddress address;
    final @Nullable InetSocketAddress remote;
    final @Nullable Token token;
    final DatagramHandler handler;
    final Dispatch dispatch;
    final int maxDatagram;
    final int sendQueue;
    final int mailbox;
    final Map<SocketOption<?>, Object> options;
    final BufferPool buffers;
    final StreamCounters counters = new StreamCounters();
    final LongAdder truncated = new LongAdder();
    final LongAdder errors = new LongAdder();

    private final EventLoop loop;
    private final LoopPort port;
    private final ReactorPort reactor;

    /** Written under the monitor. */
    private volatile @Nullable UdpSocket socket;

    // Guarded by this.
    private boolean startsWithLoop = true;
    private boolean draining;
    private boolean closed;
    private CompletableFuture<DrainCount> ended = CompletableFuture.completedFuture(DrainCount.NOTHING);

    UdpRuntime(UdpEndpoint endpoint, UdpEndpoint.Builder settings, InetSocketAddress address, DatagramHandler handler) {
        this.endpoint = endpoint;
        this.loop = settings.loop;
        this.port = LoopAccess.of(loop);
        this.name = settings.name == null ? "udp " + address : settings.name;
        this.address = address;
        this.remote = settings.remote;
        this.token = settings.token;
        this.handler = handler;
        this.dispatch = settings.dispatch == null ? loop.dispatch() : settings.dispatch;
        this.maxDatagram = settings.maxDatagram;
        this.sendQueue = settings.sendQueue;
        this.mailbox = settings.mailbox;
        this.options = Map.copyOf(settings.options());
        this.buffers = port.shared(BufferPool.class, () -> BufferPool.create(port.bufferBudget()));
        this.reactor = port.nextReactor();
        if (remote != null) {
            check(remote);
        }
        if (token != null) {
            port.reserveToken(token.value(), toString());
        }
        port.attach(this);
    }

    // ---- opening ----------------------------------------------------------------------------------------------------

    void start() {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException(this + " is closed for good; build a new one");
            }
            if (isOpen()) {
                return;
            }
            startsWithLoop = true;
        }
        if (!port.isRunning() && !port.ensureStarted()) {
            throw new IllegalStateException(this + " cannot start: " + loop + " is not running; start it");
        }
        if (!isOpen()) {
            open();
        }
    }

    @Override
    public void loopStarted() {
        boolean wanted;
        synchronized (this) {
            wanted = startsWithLoop && !closed && socket == null;
        }
        if (wanted) {
            open();
        }
    }

    private void open() {
        UdpSocket opened;
        try {
            opened = new UdpSocket(this, reactor);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    this + " cannot be bound to " + address + (remote == null ? "" : " and connected to " + remote)
                            + ": " + e.getMessage(),
                    e);
        }
        synchronized (this) {
            if (socket != null || closed) {
                opened.channel().close(null);
                throw new IllegalStateException(this + " is "
                        + (closed ? "closed for good; build a new one" : "open still; start it when it has drained"));
            }
            socket = opened;
            draining = false;
            ended = new CompletableFuture<>();
        }
        reactor.execute(opened::start);
    }

    synchronized boolean isOpen() {
        return socket != null && !draining;
    }

    SocketAddress localAddress() {
        return openSocket().channel().address();
    }

    /** For messages. */
    String place() {
        UdpSocket current = socket;
        return current == null
                ? address + " (not open)"
                : current.channel().address().toString();
    }

    private UdpSocket openSocket() {
        UdpSocket current = socket;
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
        UdpSocket current = socket;
        String refusal =
                current == null ? NioDatagrams.CLOSED : current.channel().send(to, data);
        if (refusal != null) {
            counters.rejected(refusal);
            return WriteResult.REJECTED;
        }
        return WriteResult.ACCEPTED;
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

    CompletionStage<DrainReport> shutdown(Duration timeout) {
        return Shutdown.within(timeout, this, loop, port);
    }

    @Override
    public CompletionStage<DrainCount> drain() {
        UdpSocket current;
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            startsWithLoop = false;
            current = socket;
            if (current == null) {
                return CompletableFuture.completedFuture(DrainCount.NOTHING);
            }
            end = ended;
            if (draining) {
                return end.minimalCompletionStage();
            }
            draining = true;
        }
        reactor.execute(current::drain);
        return end.minimalCompletionStage();
    }

    @Override
    public void cut() {
        UdpSocket current = socket;
        if (current != null) {
            reactor.execute(() -> current.close(CloseReason.DRAIN_TIMEOUT, true));
        }
    }

    @Override
    public void reactorStopping(ReactorPort stopping) {
        UdpSocket current = socket;
        if (current != null && stopping == reactor) {
            current.close(CloseReason.LOCAL, false);
        }
    }

    @Override
    public void loopStopped() {
        synchronized (this) {
            startsWithLoop = false;
        }
        UdpSocket left = socket;
        if (left != null) {
            left.abandon();
            ended(left);
        }
    }

    /** Any thread: the socket has gone, and its handler has had its last call. */
    void ended(UdpSocket over) {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            if (socket != over) {
                return;
            }
            socket = null;
            draining = false;
            end = ended;
        }
        CloseReason reason = over.reason();
        end.complete(
                reason == CloseReason.DRAINED
                        ? new DrainCount(1, 0)
                        : reason == CloseReason.DRAIN_TIMEOUT ? new DrainCount(0, 1) : DrainCount.NOTHING);
    }

    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Shutdown.forGood(this, loop, port, () -> {
            if (token != null) {
                port.releaseToken(token.value());
            }
        });
    }

    void awaitClose() throws InterruptedException {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            end = ended;
        }
        try {
            end.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(this + " did not end", e);
        }
    }

    void report(Throwable error) {
        port.report(endpoint, error);
    }

    UdpStats stats() {
        UdpSocket current = socket;
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
