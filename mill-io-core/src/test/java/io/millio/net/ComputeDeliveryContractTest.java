package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.DrainReport;
import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import io.millio.work.Priority;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is computed elsewhere comes back to its connection in order with the callbacks, and no drain cuts it. */
class ComputeDeliveryContractTest extends ConnectionContract {
    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    @Test
    void answersThatWereComputedComeBackOneAtATime() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        TcpServer server = serve(
                (connection, data) -> {
                    String line = text(data);
                    overlaps.addAndGet(inside.getAndIncrement());
                    connection.deliver(
                            loop().compute()
                                    .submit(Priority.HIGH, () -> line + "!")
                                    .result(),
                            (answer, error) -> {
                                overlaps.addAndGet(inside.getAndIncrement());
                                connection.writeFrame(text(answer + error));
                                inside.decrementAndGet();
                            });
                    inside.decrementAndGet();
                },
                builder -> builder.framing(Framing.lines()));
        Peer peer = connect(server);
        for (int i = 0; i < 500; i++) {
            peer.send("a\n");
        }
        assertThat(peer.receiveText(500 * "a!null\n".length())).isEqualTo("a!null\n".repeat(500));
        assertThat(overlaps).hasValue(0);
    }

    @Test
    void aFailureIsDeliveredAsWhatWasThrown() {
        TcpServer server = serve((connection, data) -> {
            CompletionStage<String> failed = loop().compute()
                    .<String>submit(Priority.LOW, () -> {
                        throw new java.io.IOException("planted");
                    })
                    .result();
            connection.deliver(failed, (answer, error) -> connection.write(text(answer + " " + error)));
        });
        Peer peer = connect(server).send("?");
        String expected = "null java.io.IOException: planted";
        assertThat(peer.receiveText(expected.length())).isEqualTo(expected);
    }

    @Test
    void aDrainWaitsForWhatIsBeingComputed() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        TcpServer server = serve((connection, data) -> connection.deliver(
                loop().compute()
                        .submit(Priority.NORMAL, () -> {
                            begun.countDown();
                            return Await.opened(release);
                        })
                        .result(),
                (answer, error) -> connection.write(text("late but whole"))));
        Peer peer = connect(server).send("?");
        Await.open("the computation", begun);
        CompletableFuture<DrainReport> drain =
                loop().shutdown(Duration.ofSeconds(30)).toCompletableFuture();
        assertThat(drain).isNotDone();
        release.countDown();
        assertThat(new String(peer.receiveToEnd(), StandardCharsets.UTF_8)).isEqualTo("late but whole");
        peer.close();
        assertThat(Await.result("the drain", drain).isClean()).isTrue();
    }

    @Test
    void whatComesTooLateIsDropped() {
        Queue<Connection> closed = new ConcurrentLinkedQueue<>();
        CompletableFuture<String> late = new CompletableFuture<>();
        AtomicInteger delivered = new AtomicInteger();
        TcpServer server = serve(watch(new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer data) {
                connection.deliver(late, (answer, error) -> delivered.incrementAndGet());
                connection.abort();
            }

            @Override
            public void onClose(Connection connection, CloseReason reason) {
                closed.add(connection);
            }
        }));
        connect(server).send("?");
        Await.until("the connection is gone", () -> closed.size() == 1);
        late.complete("nobody there");
        assertThat(Await.result("the drain", loop().shutdown(Duration.ofSeconds(30)))
                        .isClean())
                .isTrue();
        assertThat(delivered).hasValue(0);
    }
}
