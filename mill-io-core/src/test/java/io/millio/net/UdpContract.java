package io.millio.net;

import io.millio.testkit.Await;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** The ground of the suites of endpoints: peers, and handlers that note what they are told. */
abstract class UdpContract extends ConnectionContract {
    static final Duration LONG = Duration.ofSeconds(30);
    static final DatagramHandler ECHO = (endpoint, sender, data, truncated) -> endpoint.send(sender, data);

    UdpEndpoint open(DatagramHandler handler) {
        return open(handler, builder -> builder);
    }

    UdpEndpoint open(DatagramHandler handler, UnaryOperator<UdpEndpoint.Builder> more) {
        return closeLater(
                more.apply(UdpEndpoint.builder(loop()).bind("127.0.0.1", 0).handler(handler))
                        .start());
    }

    /** A peer with a socket of the old kind, which waits and has a time-out. */
    static final class UdpPeer implements AutoCloseable {
        private final DatagramSocket socket;

        UdpPeer() throws IOException {
            socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            socket.setSoTimeout(20_000);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        UdpPeer send(UdpEndpoint endpoint, byte[] bytes) throws IOException {
            socket.send(new DatagramPacket(bytes, bytes.length, endpoint.localAddress()));
            return this;
        }

        UdpPeer send(UdpEndpoint endpoint, String text) throws IOException {
            return send(endpoint, text.getBytes(StandardCharsets.US_ASCII));
        }

        byte[] receive() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
            socket.receive(packet);
            return java.util.Arrays.copyOf(packet.getData(), packet.getLength());
        }

        String receiveText() throws IOException {
            return new String(receive(), StandardCharsets.US_ASCII);
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    UdpPeer peer() throws IOException {
        return closeLater(new UdpPeer());
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    static String text(ByteBuffer data) {
        return StandardCharsets.US_ASCII.decode(data).toString();
    }

    /** Notes every callback, and callbacks that overlap. */
    static class Recorder implements DatagramHandler {
        final Queue<String> calls = new ConcurrentLinkedQueue<>();
        final Queue<Throwable> told = new ConcurrentLinkedQueue<>();
        final AtomicInteger inside = new AtomicInteger();
        final Set<String> threads = ConcurrentHashMap.newKeySet();

        private void note(String call) {
            if (inside.getAndIncrement() != 0) {
                calls.add("overlap");
            }
            threads.add(Thread.currentThread().getName());
            calls.add(call);
        }

        @Override
        public void onOpen(UdpEndpoint endpoint) {
            note("open");
            inside.decrementAndGet();
        }

        @Override
        public void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) {
            note(text(data) + (truncated ? "..." : ""));
            inside.decrementAndGet();
        }

        @Override
        public void onError(UdpEndpoint endpoint, Throwable error) {
            told.add(error);
            note("error");
            inside.decrementAndGet();
        }

        @Override
        public void onClose(UdpEndpoint endpoint, CloseReason reason) {
            note(reason.name());
            inside.decrementAndGet();
        }

        void await(String call) {
            Await.until(() -> call + " among " + calls, () -> calls.contains(call));
        }
    }

    /** Stands in the first datagram until it is let go. */
    static final class Stuck extends Recorder {
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        public void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) {
            super.onDatagram(endpoint, sender, data, truncated);
            inside.countDown();
            Await.opened(goOn);
        }
    }
}
