package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.LoopStats;
import io.millio.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an endpoint promises, in every mode. */
class UdpContractTest extends ConnectionContract {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final DatagramHandler ECHO = (endpoint, sender, data, truncated) -> endpoint.send(sender, data);

    private UdpEndpoint open(DatagramHandler handler) {
        return open(handler, builder -> builder);
    }

    private UdpEndpoint open(DatagramHandler handler, UnaryOperator<UdpEndpoint.Builder> more) {
        return closeLater(
                more.apply(UdpEndpoint.builder(loop()).bind("127.0.0.1", 0).handler(handler))
                        .start());
    }

    /** A peer with a socket of the old kind, which waits and has a time-out. */
    private static final class UdpPeer implements AutoCloseable {
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

    private UdpPeer peer() throws IOException {
        return closeLater(new UdpPeer());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(ByteBuffer data) {
        return StandardCharsets.US_ASCII.decode(data).toString();
    }

    /** Notes every callback, and callbacks that overlap. */
    private static class Recorder implements DatagramHandler {
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
            note("error");
            told.add(error);
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
    private static final class Stuck extends Recorder {
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        public void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) {
            super.onDatagram(endpoint, sender, data, truncated);
            inside.countDown();
            Await.opened(goOn);
        }
    }

    // ---- what arrives -----------------------------------------------------------------------------------------------

    @Test
    void everyDatagramIsAnsweredToItsSender() throws Exception {
        UdpEndpoint endpoint = open(ECHO);
        UdpPeer one = peer();
        UdpPeer other = peer();
        one.send(endpoint, "one");
        other.send(endpoint, "other");
        assertThat(one.receiveText()).isEqualTo("one");
        assertThat(other.receiveText()).isEqualTo("other");
        UdpStats stats = endpoint.stats();
        assertThat(stats.datagramsIn()).isEqualTo(2);
        assertThat(stats.bytesIn()).isEqualTo(8);
        Await.until("the answers to be counted", () -> endpoint.stats().datagramsOut() == 2);
        assertThat(endpoint.stats().bytesOut()).isEqualTo(8);
        assertThat(endpoint.stats().dropped()).isEmpty();
    }

    @Test
    void callbacksNeverOverlapAndKeepTheOrderOfArrival() throws Exception {
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder);
        UdpPeer peer = peer();
        for (int i = 0; i < 2000; i++) {
            int sent = i;
            Await.until(
                    "room",
                    () -> sent - endpoint.stats().datagramsIn() < 50
                            && endpoint.stats().mailbox() < 900);
            peer.send(endpoint, Integer.toString(i));
        }
        recorder.await("1999");
        endpoint.close();
        assertThat(recorder.calls).startsWith("open").endsWith("DRAINED").hasSize(2002);
        assertThat(recorder.calls)
                .containsSubsequence(
                        IntStream.range(0, 2000).mapToObj(Integer::toString).toList());
    }

    @Test
    void theGreatestDatagramMakesARoundTrip() throws Exception {
        UdpEndpoint endpoint = open(ECHO);
        byte[] greatest = pattern(65_507);
        assertThat(peer().send(endpoint, greatest).receive()).isEqualTo(greatest);
    }

    @Test
    void anEmptyDatagramIsOne() throws Exception {
        UdpEndpoint endpoint = open(ECHO);
        assertThat(peer().send(endpoint, "").receive()).isEmpty();
        assertThat(endpoint.stats().datagramsIn()).isEqualTo(1);
    }

    @Test
    void whatIsTooLongIsCutAndFlaggedAndNeverTakenForWhole() throws Exception {
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder, builder -> builder.maxDatagram(10));
        peer().send(endpoint, "0123456789").send(endpoint, "0123456789x").send(endpoint, "end");
        recorder.await("end");
        assertThat(recorder.calls).containsExactly("open", "0123456789", "0123456789...", "end");
        assertThat(endpoint.stats().truncated()).isEqualTo(1);
        assertThat(endpoint.stats().bytesIn()).isEqualTo(23);
    }

    @Test
    void aHandlerFindsTheOrderOfBytesAsItShouldBe() throws Exception {
        CompletableFuture<Integer> second = new CompletableFuture<>();
        UdpEndpoint endpoint = open((self, sender, data, truncated) -> {
            if (data.get(data.position()) == 1) {
                data.order(java.nio.ByteOrder.LITTLE_ENDIAN).limit(1);
            } else {
                second.complete(data.getInt());
            }
        });
        peer().send(endpoint, new byte[] {1, 0, 0, 0}).send(endpoint, new byte[] {0, 0, 0, 7});
        assertThat(Await.result("the second datagram", second)).isEqualTo(7);
    }

    // ---- what is sent -----------------------------------------------------------------------------------------------

    @Test
    void datagramsOfOneThreadLeaveInTheirOrder() throws Exception {
        Map<String, Integer> next = new ConcurrentHashMap<>();
        Queue<String> disorder = new ConcurrentLinkedQueue<>();
        UdpEndpoint receiver = open((self, sender, data, truncated) -> {
            String[] parts = text(data).split(":");
            int expected = next.merge(parts[0], 1, Integer::sum) - 1;
            if (expected != Integer.parseInt(parts[1])) {
                disorder.add(parts[0] + ": " + parts[1] + " instead of " + expected);
            }
        });
        UdpEndpoint sender = open(ECHO);
        AtomicInteger sent = new AtomicInteger();
        List<FutureTask<Integer>> threads = IntStream.range(0, 4)
                .mapToObj(thread -> beside(() -> {
                    for (int i = 0; i < 500; i++) {
                        sent.incrementAndGet();
                        Await.until(
                                "room",
                                () -> sent.get() - receiver.stats().datagramsIn() < 60
                                        && receiver.stats().mailbox() < 900);
                        sender.send(receiver.localAddress(), bytes(thread + ":" + i));
                    }
                    return thread;
                }))
                .toList();
        for (FutureTask<Integer> thread : threads) {
            thread.get();
        }
        Await.until(
                () -> "all of " + next,
                () -> next.values().stream().mapToInt(i -> i).sum() == 2000);
        assertThat(disorder).isEmpty();
    }

    @Test
    void aConnectedEndpointSendsToItsPeerAndHearsNobodyElse() throws Exception {
        UdpPeer peer = peer();
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder, builder -> builder.connect(peer.address()));
        assertThat(endpoint.remoteAddress()).isEqualTo(peer.address());
        assertThat(endpoint.send(bytes("hello"))).isEqualTo(WriteResult.ACCEPTED);
        assertThat(endpoint.send(peer.address(), bytes("again"))).isEqualTo(WriteResult.ACCEPTED);
        assertThat(peer.receiveText()).isEqualTo("hello");
        assertThat(peer.receiveText()).isEqualTo("again");
        peer().send(endpoint, "stranger");
        peer.send(endpoint, "friend");
        recorder.await("friend");
        assertThat(recorder.calls).containsExactly("open", "friend");
    }

    @Test
    void anUnreachablePortIsReportedAndClosesNothing() throws Exception {
        UdpPeer gone = peer();
        InetSocketAddress address = gone.address();
        gone.close();
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder, builder -> builder.connect(address));
        endpoint.send(bytes("anybody?"));
        recorder.await("error");
        assertThat(recorder.told).first().isInstanceOf(PortUnreachableException.class);
        assertThat(endpoint.stats().errors()).isPositive();
        assertThat(errors()).isNotEmpty();
        assertThat(endpoint.isOpen()).isTrue();
        try (DatagramSocket back = new DatagramSocket(address)) {
            back.setSoTimeout(20_000);
            Await.until("a datagram to be taken", () -> endpoint.send(bytes("there?")) == WriteResult.ACCEPTED);
            DatagramPacket packet = new DatagramPacket(new byte[10], 10);
            back.receive(packet);
            back.send(new DatagramPacket("yes".getBytes(), 3, packet.getSocketAddress()));
        }
        recorder.await("yes");
    }

    @Test
    void whatTheSystemRefusesIsReportedAndClosesNothing() throws Exception {
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder);
        ByteBuffer data = bytes("x");
        // Nobody may send to a broadcast address unasked.
        assertThat(endpoint.send(new InetSocketAddress("255.255.255.255", 9), data))
                .isEqualTo(WriteResult.REJECTED);
        assertThat(data.remaining()).isEqualTo(1);
        recorder.await("error");
        assertThat(errors()).hasSize(1);
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("refused", 1L));
        peer().send(endpoint, "still here");
        recorder.await("still here");
    }

    // ---- handlers that throw ----------------------------------------------------------------------------------------

    @Test
    void aThousandThrowingCallbacksLeaveTheEndpointOpen() throws Exception {
        AtomicInteger told = new AtomicInteger();
        UdpEndpoint endpoint = open(new DatagramHandler() {
            @Override
            public void onDatagram(UdpEndpoint self, SocketAddress sender, ByteBuffer data, boolean truncated) {
                self.send(sender, data);
                if (told.get() % 2 == 0) {
                    throw new IllegalStateException("thrown");
                }
                throw new AssertionError("thrown");
            }

            @Override
            public void onError(UdpEndpoint self, Throwable error) {
                if (told.incrementAndGet() == 500) {
                    throw new IllegalArgumentException("thrown by onError");
                }
            }
        });
        UdpPeer peer = peer();
        for (int i = 0; i < 1000; i++) {
            assertThat(peer.send(endpoint, "" + i).receiveText()).isEqualTo("" + i);
        }
        Await.until("all to be told", () -> told.get() == 1000);
        Await.until("all to be reported", () -> errors().size() == 1001);
        assertThat(endpoint.stats().handlerErrors())
                .containsOnly(
                        Map.entry("IllegalStateException", 500L),
                        Map.entry("AssertionError", 500L),
                        Map.entry("IllegalArgumentException", 1L));
        assertThat(endpoint.isOpen()).isTrue();
    }

    // ---- bounds -----------------------------------------------------------------------------------------------------

    @Test
    void aSlowHandlersMailboxIsBoundedAndTheRestIsCounted() throws Exception {
        Stuck stuck = new Stuck();
        UdpEndpoint endpoint =
                open(stuck, builder -> builder.dispatch(Dispatch.WORKERS).mailbox(8));
        UdpPeer peer = peer().send(endpoint, "first");
        Await.open("the handler", stuck.inside);
        for (int i = 0; i < 20; i++) {
            peer.send(endpoint, "" + i);
        }
        Await.until("all to be received", () -> endpoint.stats().datagramsIn() == 21);
        assertThat(endpoint.stats().mailbox()).isEqualTo(8);
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("mailbox", 12L));
        stuck.goOn.countDown();
        stuck.await("7");
        peer.send(endpoint, "later");
        stuck.await("later");
        assertThat(stuck.calls).containsExactly("open", "first", "0", "1", "2", "3", "4", "5", "6", "7", "later");
    }

    @Test
    void aSlowHandlersMailboxIsBoundedInBytes() throws Exception {
        Stuck stuck = new Stuck();
        UdpEndpoint endpoint = open(stuck, builder -> builder.dispatch(Dispatch.WORKERS));
        UdpPeer peer = peer().send(endpoint, "first");
        Await.open("the handler", stuck.inside);
        for (int i = 0; i < 20; i++) {
            int before = i;
            Await.until("the one before", () -> endpoint.stats().datagramsIn() == 1 + before);
            peer.send(endpoint, new byte[65_000]);
        }
        Await.until("all to be received", () -> endpoint.stats().datagramsIn() == 21);
        assertThat(endpoint.stats().mailbox()).isEqualTo((1 << 20) / 65_000);
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("mailbox", 20L - (1 << 20) / 65_000));
        stuck.goOn.countDown();
    }

    @Test
    void withoutMemoryDatagramsAreDroppedAndCounted() throws Exception {
        Stuck stuck = new Stuck();
        loop(builder -> builder.bufferMemory(1 << 20));
        UdpEndpoint endpoint = open(stuck, builder -> builder.dispatch(Dispatch.WORKERS));
        UdpPeer peer = peer().send(endpoint, "first");
        Await.open("the handler", stuck.inside);
        for (int i = 0; i < 40; i++) {
            int before = i;
            Await.until("the one before", () -> endpoint.stats().datagramsIn() == 1 + before);
            peer.send(endpoint, new byte[33_000]);
        }
        Await.until("all to be received", () -> endpoint.stats().datagramsIn() == 41);
        assertThat(endpoint.stats().dropped()).containsOnlyKeys("memory");
        stuck.goOn.countDown();
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    @Test
    void anEndpointBuiltBeforeItsLoopOpensWithIt() throws Exception {
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = UdpEndpoint.builder(loop())
                .bind("127.0.0.1", 0)
                .handler(recorder)
                .build();
        closeLater(endpoint);
        assertThat(endpoint.isOpen()).isFalse();
        assertThat(endpoint.send(new InetSocketAddress("127.0.0.1", 9), bytes("x")))
                .isEqualTo(WriteResult.REJECTED);
        loop().start();
        assertThat(endpoint.isOpen()).isTrue();
        peer().send(endpoint, "ping");
        recorder.await("ping");
        loop().stop();
        recorder.await("LOCAL");
        Await.until("the loop to stop", () -> loop().stats().state() == LoopStats.State.STOPPED);
        assertThat(endpoint.isOpen()).isFalse();
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("closed", 1L));
        loop().start();
        assertThat(endpoint.start().isOpen()).isTrue();
        peer().send(endpoint, "pong");
        recorder.await("pong");
        assertThat(recorder.calls).containsExactly("open", "ping", "LOCAL", "open", "pong");
    }

    @Test
    void aLoopThatFailsToStartLeavesNothingOfItsEndpoints() throws Exception {
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = closeLater(UdpEndpoint.builder(loop())
                .bind("127.0.0.1", 0)
                .handler(recorder)
                .build());
        try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            UdpEndpoint second = UdpEndpoint.builder(loop())
                    .bind(taken.getLocalSocketAddress())
                    .handler(ECHO)
                    .build();
            assertThatThrownBy(() -> loop().start()).isInstanceOf(UncheckedIOException.class);
            second.close();
        }
        assertThat(endpoint.isOpen()).isFalse();
        loop().start();
        endpoint.start();
        peer().send(endpoint, "ping");
        recorder.await("ping");
        assertThat(recorder.calls).containsExactly("open", "ping");
    }

    @Test
    void anEndpointStartsAndStopsAHundredTimesAtItsPort() throws Exception {
        UdpEndpoint first = open(ECHO);
        int port = ((InetSocketAddress) first.localAddress()).getPort();
        first.close();
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder, builder -> builder.bind("127.0.0.1", port));
        for (int i = 0; i < 100; i++) {
            assertThat(Await.result("the drain", endpoint.shutdown(LONG)).drained())
                    .isEqualTo(1);
            // Free for anybody at once.
            new DatagramSocket(new InetSocketAddress("127.0.0.1", port)).close();
            endpoint.start();
        }
        peer().send(endpoint, "end");
        recorder.await("end");
        assertThat(recorder.calls.stream().filter("open"::equals)).hasSize(101);
        assertThat(recorder.calls.stream().filter("DRAINED"::equals)).hasSize(100);
    }

    @Test
    void anIdleEndpointClosesAtOnce() {
        UdpEndpoint endpoint = open(ECHO);
        endpoint.shutdown(LONG).toCompletableFuture().join();
        long best = Long.MAX_VALUE;
        // The machine may be busy with other things; it is not so each time.
        for (int i = 0; i < 20 && best > 50_000_000; i++) {
            endpoint.start();
            long start = System.nanoTime();
            endpoint.shutdown(LONG).toCompletableFuture().join();
            best = Math.min(best, System.nanoTime() - start);
        }
        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(50));
    }

    @Test
    void closingInACallbackOnlyBeginsTo() throws Exception {
        CompletableFuture<CloseReason> closed = new CompletableFuture<>();
        UdpEndpoint endpoint = open(new DatagramHandler() {
            @Override
            public void onDatagram(UdpEndpoint self, SocketAddress sender, ByteBuffer data, boolean truncated) {
                self.send(sender, data);
                self.close();
            }

            @Override
            public void onClose(UdpEndpoint self, CloseReason reason) {
                closed.complete(reason);
            }
        });
        assertThat(peer().send(endpoint, "bye").receiveText()).isEqualTo("bye");
        assertThat(Await.result("the close", closed)).isEqualTo(CloseReason.DRAINED);
        endpoint.awaitClose();
    }

    @Test
    void endpointsAreSpreadOverTheReactors() throws Exception {
        Recorder recorder = new Recorder();
        UdpPeer peer = peer();
        for (int i = 0; i < 4; i++) {
            peer.send(open(recorder, builder -> builder.dispatch(Dispatch.DIRECT)), "x" + i);
            recorder.await("x" + i);
        }
        assertThat(recorder.threads).hasSize(mode.reactors);
    }

    // ---- draining ---------------------------------------------------------------------------------------------------

    @Test
    void aDrainAnswersWhatTheSystemHasReceivedHoweverSmallTheMailbox() throws Exception {
        UdpEndpoint endpoint = open(ECHO, builder -> builder.mailbox(16));
        assertThat(peer().send(endpoint, "warm").receiveText()).isEqualTo("warm");
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        loop().execute(() -> {
            blocked.countDown();
            Await.opened(goOn);
        });
        Await.open("the reactor", blocked);
        UdpPeer peer = peer();
        for (int i = 0; i < 150; i++) {
            peer.send(endpoint, "" + i);
        }
        CompletableFuture<DrainReport> report = endpoint.shutdown(LONG).toCompletableFuture();
        goOn.countDown();
        for (int i = 0; i < 150; i++) {
            assertThat(peer.receiveText()).isEqualTo("" + i);
        }
        assertThat(Await.result("the drain", report).drained()).isEqualTo(1);
        assertThat(endpoint.stats().dropped()).isEmpty();
    }

    @Test
    void aLoopsDrainWaitsForItsEndpoints() throws Exception {
        Stuck stuck = new Stuck();
        UdpEndpoint endpoint = open(stuck, builder -> builder.dispatch(Dispatch.WORKERS));
        peer().send(endpoint, "first").send(endpoint, "second");
        Await.open("the handler", stuck.inside);
        CompletableFuture<DrainReport> report = loop().shutdown(LONG).toCompletableFuture();
        stuck.goOn.countDown();
        assertThat(Await.result("the drain", report).drained()).isEqualTo(1);
        assertThat(stuck.calls).containsExactly("open", "first", "second", "DRAINED");
    }

    @Test
    void aDrainEndsAtItsDeadline() throws Exception {
        Stuck stuck = new Stuck();
        UdpEndpoint endpoint = open(stuck, builder -> builder.dispatch(Dispatch.WORKERS));
        UdpPeer peer = peer().send(endpoint, "first");
        Await.open("the handler", stuck.inside);
        peer.send(endpoint, "second");
        Await.until("the second", () -> endpoint.stats().mailbox() == 1);
        CompletableFuture<DrainReport> report =
                endpoint.shutdown(Duration.ofMillis(1)).toCompletableFuture();
        Await.until("the cut", () -> endpoint.send(peer.address(), bytes("x")) == WriteResult.REJECTED);
        stuck.goOn.countDown();
        assertThat(Await.result("the drain", report).cut()).isEqualTo(1);
        assertThat(stuck.calls).containsExactly("open", "first", "DRAIN_TIMEOUT");
    }

    // ---- groups -----------------------------------------------------------------------------------------------------

    @Test
    void aMemberHearsItsGroupUntilItLeaves() throws Exception {
        NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        InetAddress group = InetAddress.getByName("239.255.77.1");
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder, builder -> builder.bind(new InetSocketAddress("0.0.0.0", 0)));
        InetSocketAddress target =
                new InetSocketAddress(group, ((InetSocketAddress) endpoint.localAddress()).getPort());
        UdpEndpoint sender = open(
                ECHO,
                builder -> builder.multicastInterface(loopback).multicastTtl(0).multicastLoopback(true));
        UdpEndpoint.Membership membership = endpoint.join(group, loopback);
        assertThat(sender.send(target, bytes("to the group"))).isEqualTo(WriteResult.ACCEPTED);
        recorder.await("to the group");
        membership.close();
        membership.close();
        sender.send(target, bytes("to nobody"));
        try (MulticastSocket direct = new MulticastSocket()) {
            direct.send(
                    new DatagramPacket("direct".getBytes(), 6, new InetSocketAddress("127.0.0.1", target.getPort())));
        }
        recorder.await("direct");
        assertThat(recorder.calls).containsExactly("open", "to the group", "direct");
        endpoint.close();
        membership.close();
    }
}
