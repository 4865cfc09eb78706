package io.millio.internal.transport;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A datagram channel without a network: takes as many datagrams as it has room for, and fails when told to. Any thread. */
final class ScriptedChannel extends DatagramChannel {
    final Queue<String> sent = new ConcurrentLinkedQueue<>();
    final Queue<String> arriving = new ConcurrentLinkedQueue<>();
    final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    final AtomicInteger room = new AtomicInteger(Integer.MAX_VALUE);
    volatile Runnable beforeSend = () -> {};

    @SuppressWarnings("NullAway")
    ScriptedChannel() {
        super(null);
    }

    @Override
    public int send(ByteBuffer data, SocketAddress target) throws IOException {
        beforeSend.run();
        Exception failure = failures.poll();
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (room.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
            return 0;
        }
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        sent.add(new String(bytes));
        return bytes.length;
    }

    @Override
    public @Nullable SocketAddress receive(ByteBuffer into) {
        String next = arriving.poll();
        if (next == null) {
            return null;
        }
        byte[] bytes = next.getBytes();
        into.put(bytes, 0, Math.min(bytes.length, into.remaining()));
        return getLocalAddress();
    }

    @Override
    public SocketAddress getLocalAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    }

    @Override
    protected void implCloseSelectableChannel() {}

    @Override
    protected void implConfigureBlocking(boolean block) {}

    @Override
    public boolean isConnected() {
        return false;
    }

    // ---- what nobody asks for ---------------------------------------------------------------------------------------

    private static UnsupportedOperationException unasked() {
        return new UnsupportedOperationException("not part of the script");
    }

    @Override
    public DatagramChannel bind(SocketAddress local) {
        throw unasked();
    }

    @Override
    public <T> DatagramChannel setOption(SocketOption<T> name, T value) {
        throw unasked();
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw unasked();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        throw unasked();
    }

    @Override
    public DatagramSocket socket() {
        throw unasked();
    }

    @Override
    public DatagramChannel connect(SocketAddress remote) {
        throw unasked();
    }

    @Override
    public DatagramChannel disconnect() {
        throw unasked();
    }

    @Override
    public SocketAddress getRemoteAddress() {
        throw unasked();
    }

    @Override
    public int read(ByteBuffer into) {
        throw unasked();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw unasked();
    }

    @Override
    public int write(ByteBuffer data) {
        throw unasked();
    }

    @Override
    public long write(ByteBuffer[] data, int offset, int length) {
        throw unasked();
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface network) {
        throw unasked();
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface network, InetAddress source) {
        throw unasked();
    }
}
