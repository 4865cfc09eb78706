package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.Dispatch;
import io.millio.testkit.Await;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an endpoint promises about datagrams, in every mode. */
class UdpContractTest extends UdpContract {
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
        Recorder recorder = new Recorder();
        UdpEndpoint endpoint = open(recorder, builder -> builder.connect(address));
        // Not before, or the endpoint might be given this very port, and hear itself.
        gone.close();
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

    /** A datagram is counted when it comes, and a moment later when it is dropped. */
    private static void awaitReceived(UdpEndpoint endpoint, long received, String reason, long dropped) {
        Await.until(
                () -> received + " datagrams, " + dropped + " of them dropped: " + endpoint.stats(),
                () -> endpoint.stats().datagramsIn() == received
                        && endpoint.stats().dropped().getOrDefault(reason, 0L) == dropped);
    }

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
        awaitReceived(endpoint, 21, "mailbox", 12);
        assertThat(endpoint.stats().mailbox()).isEqualTo(8);
        assertThat(endpoint.stats().dropped()).containsOnlyKeys("mailbox");
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
        awaitReceived(endpoint, 21, "mailbox", 20 - (1 << 20) / 65_000);
        assertThat(endpoint.stats().mailbox()).isEqualTo((1 << 20) / 65_000);
        assertThat(endpoint.stats().dropped()).containsOnlyKeys("mailbox");
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
