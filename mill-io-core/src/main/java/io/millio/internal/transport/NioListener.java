package io.millio.internal.transport;

import io.millio.internal.ReactorPort;
import io.millio.internal.poll.PollSource;
import io.millio.pool.BufferPool;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listening socket, TCP or Unix, on one reactor, whose thread owns it; bound before that, by whichever thread starts the server. */
public final class NioListener extends PollSource implements Listener {
    /** Connections accepted in one event, so that a flood of them does not starve those that are open. */
    private static final int BATCH = 64;

    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final BufferPool buffers;
    private final NioOptions options;
    private final ListenerSink sink;
    private final @Nullable UnixFile file;
    private @Nullable ReactorPort reactor;

    NioListener(
            ServerSocketChannel channel,
            SocketAddress address,
            @Nullable UnixFile file,
            BufferPool buffers,
            Map<SocketOption<?>, Object> options,
            ListenerSink sink) {
        super(channel);
        this.channel = channel;
        this.address = address;
        this.file = file;
        this.buffers = buffers;
        this.options = new NioOptions(options);
        this.sink = sink;
    }

    /**
     * Any thread: binds a new socket.
     *
     * @param listening options of the listening socket
     * @param accepted options of each accepted socket
     * @param permissions of the file of a Unix domain socket, or null for what the umask of the process leaves
     * @throws IOException if the address cannot be bound; nothing stays open
     */
    public static NioListener bind(
            SocketAddress address,
            int backlog,
            Map<SocketOption<?>, Object> listening,
            Map<SocketOption<?>, Object> accepted,
            @Nullable Set<PosixFilePermission> permissions,
            BufferPool buffers,
            ListenerSink sink)
            throws IOException {
        UnixDomainSocketAddress unix = address instanceof UnixDomainSocketAddress named ? named : null;
        ServerSocketChannel channel =
                unix == null ? ServerSocketChannel.open() : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            new NioOptions(listening).apply(channel);
            if (unix != null) {
                UnixFile file = UnixFile.bind(channel, unix.getPath(), backlog, permissions);
                return new NioListener(channel, unix, file, buffers, accepted, sink);
            }
            channel.bind(address, backlog);
            return new NioListener(channel, channel.getLocalAddress(), null, buffers, accepted, sink);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public void start(ReactorPort owner) throws IOException {
        reactor = owner;
        owner.register(this, SelectionKey.OP_ACCEPT);
    }

    @Override
    public void pause() {
        if (reactor != null) {
            reactor.interest(this, 0);
        }
    }

    @Override
    public void resume() {
        if (reactor != null) {
            reactor.interest(this, SelectionKey.OP_ACCEPT);
        }
    }

    @Override
    public void ready(int readyOps) {
        accept(BATCH);
    }

    /** The JDK keeps a closed channel's socket until the selector has let go of it, which it does in its next select. */
    @Override
    public void drainAndClose(Runnable closed) {
        deleteFile();
        accept(Integer.MAX_VALUE);
        close();
        if (reactor == null) {
            closed.run();
        } else {
            new AfterSelect(reactor, closed).wake();
        }
    }

    private void accept(int limit) {
        for (int n = 0; n < limit && channel.isOpen(); n++) {
            if (sink.room() <= 0) {
                pause();
                return;
            }
            try {
                SocketChannel accepted = channel.accept();
                if (accepted == null) {
                    return;
                }
                adopt(accepted);
            } catch (ClosedChannelException closedMeanwhile) {
                return;
            } catch (Throwable t) {
                // Out of memory, perhaps; whatever left this method would cost the reactor its listener.
                sink.acceptFailed(t);
                return;
            }
        }
    }

    private void adopt(SocketChannel accepted) throws IOException {
        ReactorPort target;
        NioStream stream;
        try {
            target = sink.nextReactor();
            accepted.configureBlocking(false);
            options.apply(accepted);
            // A Unix domain socket may have been bound by another path than the one by which it is found.
            stream = file == null
                    ? new NioStream(accepted, target, buffers)
                    : new NioStream(accepted, address, target, buffers);
        } catch (IOException | RuntimeException goneAlready) {
            // A peer that reset before it was accepted makes these calls fail; that is its loss, not the listener's.
            accepted.close();
            return;
        } catch (Error e) {
            accepted.close();
            throw e;
        }
        if (reactor != null) {
            reactor.counters().accepts.increment();
        }
        sink.accepted(stream, target);
    }

    private void deleteFile() {
        if (file != null) {
            file.delete();
        }
    }

    @Override
    public void close() {
        deleteFile();
        if (reactor != null) {
            reactor.deregister(this);
        }
        try {
            channel.close();
        } catch (IOException nothingLeftToRelease) {
            // The descriptor is gone either way.
        }
    }

    @Override
    public void lost(@Nullable Throwable cause) {
        close();
        sink.acceptFailed(new IOException("the listening socket on " + address + " was lost", cause));
    }

    @Override
    public String toString() {
        return "listener on " + address;
    }
}
