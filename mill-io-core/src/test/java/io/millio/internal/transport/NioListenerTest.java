package io.millio.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.internal.ReactorPort;
import io.millio.pool.BufferPool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A listener that must not throw, for its reactor would let it go while the server believes that it listens. */
class NioListenerTest implements ListenerSink {
    private final List<Throwable> failures = new ArrayList<>();
    private Callable<@Nullable SocketChannel> accept = () -> null;

    private NioListener listener() {
        return new NioListener(
                new Channel(),
                new InetSocketAddress("127.0.0.1", 1),
                null,
                BufferPool.create(64 * 1024),
                Map.of(),
                this);
    }

    @Test
    void whateverAcceptThrowsIsTold() {
        NioListener listener = listener();
        Error error = new OutOfMemoryError("planted");
        accept = () -> {
            throw error;
        };
        listener.ready(0);
        RuntimeException exception = new IllegalStateException("planted");
        accept = () -> {
            throw exception;
        };
        listener.ready(0);
        assertThat(failures).containsExactly(error, exception);
    }

    @Test
    void anErrorBehindTheAcceptClosesTheConnectionAndIsTold() throws IOException {
        try (SocketChannel accepted = SocketChannel.open()) {
            accept = () -> accepted;
            listener().ready(0);
            assertThat(accepted.isOpen()).isFalse();
        }
        assertThat(failures).hasSize(1).first().isInstanceOf(OutOfMemoryError.class);
    }

    // ---- the server -------------------------------------------------------------------------------------------------

    @Override
    public int room() {
        return 1;
    }

    @Override
    public ReactorPort nextReactor() {
        throw new OutOfMemoryError("planted");
    }

    @Override
    public void accepted(Transport transport, ReactorPort reactor) {
        throw new AssertionError("there is none to be had");
    }

    @Override
    public void acceptFailed(Throwable cause) {
        failures.add(cause);
    }

    // ---- the system -------------------------------------------------------------------------------------------------

    private final class Channel extends ServerSocketChannel {
        Channel() {
            super(SelectorProvider.provider());
        }

        @Override
        public @Nullable SocketChannel accept() throws IOException {
            try {
                return accept.call();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public ServerSocketChannel bind(SocketAddress local, int backlog) {
            return this;
        }

        @Override
        public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
            return this;
        }

        @Override
        public <T> T getOption(SocketOption<T> name) {
            throw new UnsupportedOperationException(name.name());
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return Set.of();
        }

        @Override
        public ServerSocket socket() {
            throw new UnsupportedOperationException();
        }

        @Override
        public SocketAddress getLocalAddress() {
            return new InetSocketAddress("127.0.0.1", 1);
        }

        @Override
        protected void implCloseSelectableChannel() {}

        @Override
        protected void implConfigureBlocking(boolean block) {}
    }
}
