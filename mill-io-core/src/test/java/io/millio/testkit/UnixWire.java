package io.millio.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A Unix domain socket; see {@link Wire}. The JDK's blocking one knows no time limit, so this one does not block and waits by a
 * selector where it has to.
 */
final class UnixWire implements Wire {
    private final SocketChannel channel;
    private final int limitMillis;

    UnixWire(UnixDomainSocketAddress address, int limitMillis) throws IOException {
        this.channel = SocketChannel.open(address);
        this.limitMillis = limitMillis;
        channel.configureBlocking(false);
    }

    private void await(int operation) throws IOException {
        try (Selector selector = Selector.open()) {
            channel.register(selector, operation);
            if (selector.select(limitMillis) == 0) {
                throw new SocketTimeoutException(
                        (operation == SelectionKey.OP_READ ? "reading" : "writing") + " timed out");
            }
        }
    }

    @Override
    public InputStream in() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer target = ByteBuffer.wrap(bytes, offset, length);
                int count;
                while ((count = channel.read(target)) == 0 && length > 0) {
                    await(SelectionKey.OP_READ);
                }
                return count;
            }
        };
    }

    @Override
    public OutputStream out() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one});
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer source = ByteBuffer.wrap(bytes, offset, length);
                while (source.hasRemaining()) {
                    if (channel.write(source) == 0) {
                        await(SelectionKey.OP_WRITE);
                    }
                }
            }
        };
    }

    @Override
    public SocketAddress address() {
        try {
            return channel.getLocalAddress();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void finish() throws IOException {
        channel.shutdownOutput();
    }

    /** There is no such thing: this closes. */
    @Override
    public void reset() throws IOException {
        channel.close();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
