package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.loop.DrainReport;
import io.millio.testkit.Await;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** What is computed elsewhere comes back to its endpoint in order with the callbacks, and a drain waits for it, in every mode. */
class UdpDeliveryContractTest extends UdpContract {
    /** Answers each datagram by its text and what its future holds, and notes that as a callback. */
    private static final class Later extends Recorder {
        final Queue<CompletableFuture<String>> begun = new ConcurrentLinkedQueue<>();

        @Override
        public void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) {
            super.onDatagram(endpoint, sender, data.duplicate(), truncated);
            String question = text(data);
            CompletableFuture<String> stage = new CompletableFuture<>();
            endpoint.deliver(stage, (value, error) -> {
                String answer = question + " " + (error == null ? value : error);
                super.onDatagram(endpoint, sender, bytes(answer), false);
                endpoint.send(sender, bytes(answer));
                if (error != null) {
                    throw new IllegalArgumentException("thrown by the callback", error);
                }
            });
            begun.add(stage);
        }

        void await(int stages) {
            Await.until(() -> stages + " stages, there are " + begun, () -> begun.size() == stages);
        }
    }

    @Test
    void resultsComeBackOneAtATimeBetweenTheDatagrams() throws Exception {
        Later later = new Later();
        UdpEndpoint endpoint = open(later);
        UdpPeer peer = peer();
        for (int i = 0; i < 300; i++) {
            peer.send(endpoint, "" + i);
            if (i >= 10) {
                Await.until("a stage", () -> !later.begun.isEmpty());
                later.begun.remove().complete("!");
                assertThat(peer.receiveText()).isEqualTo((i - 10) + " !");
            }
        }
        assertThat(later.calls).doesNotContain("overlap");
        later.await(10);
        later.begun.forEach(stage -> stage.complete("!"));
        for (int i = 290; i < 300; i++) {
            assertThat(peer.receiveText()).isEqualTo(i + " !");
        }
    }

    @Test
    void whatACallbackThrowsCountsAsThrownByTheHandler() throws Exception {
        Later later = new Later();
        UdpEndpoint endpoint = open(later);
        UdpPeer peer = peer().send(endpoint, "x");
        later.await(1);
        later.begun.remove().completeExceptionally(new CompletionException(new IllegalStateException("late")));
        assertThat(peer.receiveText()).isEqualTo("x java.lang.IllegalStateException: late");
        later.await("error");
        assertThat(errors()).hasSize(1);
        assertThat(endpoint.stats().handlerErrors()).containsExactly(Map.entry("IllegalArgumentException", 1L));
        assertThat(endpoint.isOpen()).isTrue();
    }

    @Test
    void aDrainWaitsForWhatHasBegunAndSendsIt() throws Exception {
        Later later = new Later();
        UdpEndpoint endpoint = open(later);
        UdpPeer peer = peer().send(endpoint, "one").send(endpoint, "two");
        later.await(2);
        CompletableFuture<DrainReport> report = endpoint.shutdown(LONG).toCompletableFuture();
        later.begun.remove().complete("first");
        assertThat(peer.receiveText()).isEqualTo("one first");
        assertThat(report).isNotDone();
        later.begun.remove().complete("last");
        assertThat(peer.receiveText()).isEqualTo("two last");
        DrainReport drained = Await.result("the drain", report);
        assertThat(drained.drained()).isEqualTo(1);
        assertThat(drained.isClean()).isTrue();
        assertThat(later.calls).endsWith("two last", "DRAINED");
        assertThat(endpoint.stats().dropped()).isEmpty();
    }

    @Test
    void aDrainOfTheLoopWaitsToo() throws Exception {
        Later later = new Later();
        UdpEndpoint endpoint = open(later);
        UdpPeer peer = peer().send(endpoint, "x");
        later.await(1);
        CompletableFuture<DrainReport> report = loop().shutdown(LONG).toCompletableFuture();
        Await.until("the drain to begin", () -> !endpoint.isOpen());
        later.begun.remove().complete("y");
        assertThat(peer.receiveText()).isEqualTo("x y");
        assertThat(Await.result("the drain", report).isClean()).isTrue();
    }

    @Test
    void whatComesAfterTheDeadlineIsDroppedAndCounted() throws Exception {
        Later later = new Later();
        UdpEndpoint endpoint = open(later);
        peer().send(endpoint, "one").send(endpoint, "two");
        later.await(2);
        DrainReport report = Await.result("the drain", endpoint.shutdown(Duration.ofMillis(1)));
        assertThat(report.drained()).isZero();
        assertThat(report.cut()).isEqualTo(1);
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("closed", 2L));
        endpoint.start();
        later.begun.remove().complete("too late, even for the next life");
        UdpPeer peer = peer().send(endpoint, "three");
        later.await(2);
        later.begun.forEach(stage -> stage.complete("in time"));
        assertThat(peer.receiveText()).isEqualTo("three in time");
        assertThat(later.calls)
                .containsExactly("open", "one", "two", "DRAIN_TIMEOUT", "open", "three", "three in time");
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("closed", 2L));
    }

    @Test
    void whatIsBegunAtAnEndpointThatIsNotOpenIsDroppedAndCounted() {
        UdpEndpoint endpoint = open(ECHO);
        Await.result("the drain", endpoint.shutdown(LONG));
        Queue<String> told = new ConcurrentLinkedQueue<>();
        endpoint.deliver(CompletableFuture.completedFuture("x"), (value, error) -> told.add(value));
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("closed", 1L));
        endpoint.start();
        endpoint.deliver(CompletableFuture.completedFuture("y"), (value, error) -> told.add(value));
        Await.until("the result", () -> !told.isEmpty());
        assertThat(told).containsExactly("y");
    }

    @Test
    void theNumberOfWorksIsBounded() {
        UdpEndpoint endpoint = open(ECHO);
        CompletableFuture<String> never = new CompletableFuture<>();
        for (int i = 0; i < OutputAccount.MAX_WORK; i++) {
            endpoint.deliver(never, (value, error) -> {});
        }
        assertThatThrownBy(() -> endpoint.deliver(never, (value, error) -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("32767 works of endpoint 'udp ");
        Await.result("the drain", endpoint.shutdown(Duration.ZERO));
        assertThat(endpoint.stats().dropped()).containsExactly(Map.entry("closed", (long) OutputAccount.MAX_WORK));
    }
}
