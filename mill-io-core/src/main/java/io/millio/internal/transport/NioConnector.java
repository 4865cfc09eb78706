package io.millio.internal.transport;

import io.millio.internal.ReactorPort;
import io.millio.internal.poll.PollSource;
import io.millio.pool.BufferPool;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One attempt to connect a socket to one address, on one reactor, whose thread owns it. */
public final class NioConnector extends PollSource {
    private final SocketChannel channel;
    private final SocketAddress remote;
    private final ReactorPort reactor;
    private final BufferPool buffers;
    private final ConnectSink sink;
    private boolean over;

    private NioConnector(
            SocketChannel channel, SocketAddress remote, ReactorPort reactor, BufferPool buffers, ConnectSink sink) {
        super(channel);
        this.channel = channel;
        this.remote = remote;
        this.reactor = reactor;
        this.buffers = buffers;
        this.sink = sink;
    }

    /**
     * Opens a socket, not connecting yet.
     *
     * @param local what to bind it to, or null to leave that to the system
     * @param options of which those are applied that the kind of socket has
     * @throws IOException if there is no descriptor left, or the local address cannot be bound; nothing stays open
     */
    public static NioConnector open(
            SocketAddress remote,
            @Nullable SocketAddress local,
            Map<SocketOption<?>, Object> options,
            ReactorPort reactor,
            BufferPool buffers,
            ConnectSink sink)
            throws IOException {
        SocketChannel channel = remote instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        try {
            channel.configureBlocking(false);
            Map<SocketOption<?>, Object> known = new HashMap<>(options);
            if (local != null) {
                // A port that is given must not stay barred by the connection that had it last.
                known.put(StandardSocketOptions.SO_REUSEADDR, true);
            }
            known.keySet().retainAll(channel.supportedOptions());
            new NioOptions(known).apply(channel);
            if (local != null) {
                channel.bind(local);
            }
            return new NioConnector(channel, remote, reactor, buffers, sink);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e instanceof IOException io ? io : new IOException(e);
        }
    }

    /** Begins; the sink may be told the outcome before this returns. */
    public void start() {
        try {
            if (channel.connect(remote)) {
                established();
            } else {
                reactor.register(this, SelectionKey.OP_CONNECT);
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    @Override
    public void ready(int readyOps) {
        try {
            if (channel.finishConnect()) {
                established();
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private void established() throws IOException {
        // Two ends of one port of this machine may meet themselves when nobody listens.
        if (channel.getLocalAddress().equals(channel.getRemoteAddress())) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            throw new ConnectException("nobody listens on " + remote + ": the socket met itself");
        }
        NioStream stream = new NioStream(channel, reactor, buffers);
        release();
        sink.connected(stream);
    }

    private void fail(Throwable cause) {
        if (!over) {
            close();
            sink.failed(cause instanceof IOException io ? io : new IOException(cause));
        }
    }

    private void release() {
        over = true;
        reactor.counters().connects.increment();
        reactor.deregister(this);
    }

    /** Gives up: the sink hears nothing more. Idempotent. */
    public void close() {
        if (!over) {
            release();
            try {
                channel.close();
            } catch (IOException nothingLeftToRelease) {
                // The descriptor is gone either way.
            }
        }
    }

    @Override
    public void lost(@Nullable Throwable cause) {
        fail(cause == null ? new IOException("the channel was closed by somebody else") : cause);
    }

    @Override
    public String toString() {
        return "connector to " + remote;
    }
}
