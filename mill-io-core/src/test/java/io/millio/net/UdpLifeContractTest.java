package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.LoopStats;
import io.millio.testkit.Await;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Starting, stopping and starting again, and draining, in every mode. */
class UdpLifeContractTest extends UdpContract {
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
        UdpEndpoint endpoint = open(ECHO, builder -> builder.mailbox(2));
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
}
