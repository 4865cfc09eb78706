package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.internal.LoopAccess;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.internal.transport.ConnectSink;
import io.millio.internal.transport.LocalListener;
import io.millio.internal.transport.Transport;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What connections in memory have of their own: names, a backlog, and ends on different reactors and loops. */
class LocalTransportTest {
    private static final LocalAddress NAME = LocalAddress.of("local transport test");
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);

    private final EventLoop loop =
            EventLoop.builder().name("serving").reactors(2).build();
    private final EventLoop other = EventLoop.builder()
            .name("calling")
            .reactors(2)
            .dispatch(Dispatch.DIRECT)
            .build();

    @AfterEach
    void close() {
        other.close();
        loop.close();
    }

    private TcpServer.Builder server() {
        return TcpServer.builder(loop).bind(NAME).handler(ECHO);
    }

    // ---- names ------------------------------------------------------------------------------------------------------

    @Test
    void addressesAreEqualByName() {
        assertThat(LocalAddress.of("a")).isEqualTo(LocalAddress.of("a")).hasSameHashCodeAs(LocalAddress.of("a"));
        assertThat(LocalAddress.of("a")).isNotEqualTo(LocalAddress.of("b")).hasToString("local:a");
        assertThat(LocalAddress.of("a").name()).isEqualTo("a");
        assertThat(LocalAddress.of("a").nextClient())
                .isNotEqualTo(LocalAddress.of("a").nextClient());
        assertThatThrownBy(() -> LocalAddress.of(" "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("local address");
    }

    @Test
    void aNameBelongsToOneServerUntilThatIsClosed() {
        for (int i = 0; i < 3; i++) {
            try (TcpServer first = server().name("first").start();
                    Peer peer = Peer.connect(NAME)) {
                assertThat(first.localAddress()).isEqualTo(NAME);
                assertThatThrownBy(server()::start)
                        .isInstanceOf(UncheckedIOException.class)
                        .hasCauseInstanceOf(BindException.class)
                        .hasMessageContaining("local:local transport test is in use by server 'first'");
                assertThat(peer.send("x").receiveText(1)).isEqualTo("x");
            }
            assertThatThrownBy(() -> Peer.connect(NAME))
                    .hasCauseInstanceOf(ConnectException.class)
                    .hasMessageContaining("nobody in this process listens on " + NAME);
        }
    }

    @Test
    void whoDoesNotFitIntoTheBacklogIsRefusedAndTheOthersAreServed() {
        try (TcpServer server = server().backlog(3).start()) {
            // Pausing still accepts those who wait; an answer says that this is over.
            Peer before = Peer.connect(NAME);
            before.send("x").receive(1);
            server.pauseAccepting();
            Await.result("the pause", afterTasks());
            List<Peer> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiting.add(Peer.connect(NAME).send("hello"));
            }
            assertThatThrownBy(() -> Peer.connect(NAME))
                    .hasCauseInstanceOf(ConnectException.class)
                    .hasMessageContaining("3 connections waiting");
            assertThat(server.stats().accepted()).isEqualTo(1);
            server.resumeAccepting();
            for (Peer peer : waiting) {
                assertThat(peer.receiveText(5)).isEqualTo("hello");
                peer.close();
            }
            before.close();
        }
    }

    private CompletableFuture<Boolean> afterTasks() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        LoopAccess.of(loop).reactor(0).execute(() -> done.complete(true));
        return done;
    }

    @Test
    void thoseWhoWaitWhenTheServersLoopStopsAreReset() {
        TcpServer server = server().start();
        Peer.connect(NAME).close();
        server.pauseAccepting();
        Await.result("the pause", afterTasks());
        Peer waiting = Peer.connect(NAME).send("anybody there?");
        loop.stop();
        assertThat(waiting.end()).isEqualTo("RESET");
        assertThatThrownBy(() -> Peer.connect(NAME)).hasCauseInstanceOf(ConnectException.class);
    }

    // ---- a client on a reactor --------------------------------------------------------------------------------------

    /** The client's side of {@link TcpServer}, as short as can be. */
    private final class Caller implements ConnectSink {
        private final ReactorPort reactor;
        private final Shard shard;
        final CompletableFuture<IOException> failure = new CompletableFuture<>();

        Caller(int index, ConnectionHandler handler) {
            LoopPort port = LoopAccess.of(other);
            StreamOptions options =
                    TcpServer.builder(other).bind(LocalAddress.of("unused")).handler(handler).options().stream();
            port.ensureStarted();
            reactor = port.reactor(index);
            shard = new Shard(other, port, reactor, options, new StreamCounters(), gone -> {});
        }

        void call() {
            LocalListener.connect(NAME, NAME.nextClient(), reactor, shard.buffers(), this);
        }

        @Override
        public void connected(Transport transport) {
            shard.arrive(transport);
        }

        @Override
        public void failed(IOException cause) {
            failure.complete(cause);
        }
    }

    @Test
    void aClientOnAReactorIsToldWhyItCannotConnect() {
        Caller caller = new Caller(1, ECHO);
        caller.call();
        assertThat(Await.result("the refusal", caller.failure))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining(NAME.toString());
    }

    /** Compares what comes with what is expected. */
    private static class Reader implements ConnectionHandler {
        final Queue<String> wrong = new ConcurrentLinkedQueue<>();
        final AtomicInteger received = new AtomicInteger();
        private final byte[] expected;

        Reader(byte[] expected) {
            this.expected = expected;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            int at = received.getAndAdd(data.remaining());
            if (!data.equals(ByteBuffer.wrap(expected, at, data.remaining()))) {
                wrong.add("at " + at);
            }
        }
    }

    /** Both ends on reactors, of two loops; one way and then the other goes more than all buffers together hold. */
    @Test
    void endsOnTwoLoopsExchangeMuchInOrderOnTheirOwnReactors() {
        byte[] sent = ConnectionContract.pattern(4 << 20);
        for (Dispatch dispatch : List.of(Dispatch.DIRECT, Dispatch.WORKERS)) {
            Reader serving = new Reader(sent) {
                @Override
                public void onInputClosed(Connection connection) {
                    connection.write(ByteBuffer.wrap(sent));
                    connection.close();
                }
            };
            Reader calling = new Reader(sent) {
                @Override
                public void onOpen(Connection connection) {
                    connection.write(ByteBuffer.wrap(sent));
                    connection.shutdownOutput();
                }

                @Override
                public void onData(Connection connection, ByteBuffer data) {
                    super.onData(connection, data);
                    if (!Thread.currentThread().getName().equals("calling-reactor-1")) {
                        wrong.add("on " + Thread.currentThread().getName());
                    }
                }
            };
            Watch watch = new Watch(calling);
            try (TcpServer server = server().dispatch(dispatch).handler(serving).start()) {
                new Caller(1, watch).call();
                assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.PEER);
                assertThat(serving.received).hasValue(sent.length);
                assertThat(serving.wrong).isEmpty();
                assertThat(calling.received).hasValue(sent.length);
                assertThat(calling.wrong).isEmpty();
                assertThat(watch.breaches()).isEmpty();
                Connection connection = watch.first();
                assertThat(connection.remoteAddress()).isEqualTo(NAME);
                assertThat(connection.localAddress().toString()).startsWith(NAME + "#");
                Await.until(
                        "the server's end to be closed", () -> server.stats().active() == 0);
                assertThat(server.stats().closed()).containsOnlyKeys(CloseReason.PEER);
            }
        }
    }

    @Test
    void aTcpClientConnectsInMemoryAndIsRefusedOnce() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        try (TcpClient client = TcpClient.builder(other)
                .connectTo(NAME)
                .handler((connection, data) ->
                        answer.complete(StandardCharsets.US_ASCII.decode(data).toString()))
                .build()) {
            assertThat(client.name()).isEqualTo(NAME.toString());
            assertThat(client.connect())
                    .failsWithin(Await.LIMIT)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(ConnectException.class)
                    .withMessageContaining("nobody in this process listens on " + NAME);
            try (TcpServer server = server().start()) {
                Connection connection = Await.result("the connection", client.connect());
                connection.write(ByteBuffer.wrap("echo".getBytes(StandardCharsets.US_ASCII)));
                assertThat(Await.result("the echo", answer)).isEqualTo("echo");
                for (int i = 0; i < 200; i++) {
                    CompletableFuture<Connection> attempt = client.connect();
                    if (!attempt.cancel(true)) {
                        attempt.join().close();
                    }
                }
                connection.close();
                Await.until("the cancelled to be gone", () -> server.stats().active() == 0);
            }
        }
    }

    /** A server that stops reading is felt by the client's writes, and what lies between them is bounded. */
    @Test
    void aSlowServerIsFeltByTheClient() {
        CountDownLatch paused = new CountDownLatch(1);
        Watch serving = new Watch(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                connection.pauseReading();
                paused.countDown();
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {}
        });
        AtomicInteger writes = new AtomicInteger();
        AtomicBoolean resumed = new AtomicBoolean();
        Watch calling = new Watch(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                Await.opened(paused);
                fill(connection);
            }

            /** The first congestion may be one that ends with the batch in which the writes were made. */
            @Override
            public void onWritable(Connection connection) {
                if (!resumed.get()) {
                    fill(connection);
                }
            }

            private void fill(Connection connection) {
                while (connection.write(ByteBuffer.allocate(1024)) == WriteResult.ACCEPTED) {
                    writes.incrementAndGet();
                }
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {}
        });
        try (TcpServer server =
                server().dispatch(Dispatch.DIRECT).handler(serving).start()) {
            new Caller(0, calling).call();
            Connection connection = calling.first();
            Await.until("more than a pipe holds", () -> writes.get() > 100 && !connection.isWritable());
            assertThat(writes.get()).isLessThan(64 + 64 + 64);
            Await.open("the pause", paused);
            resumed.set(true);
            serving.first().resumeReading();
            Await.until("room", connection::isWritable);
            connection.abort();
            assertThat(serving.awaitClosed(1)).containsExactly(CloseReason.RESET);
            assertThat(calling.awaitClosed(1)).containsExactly(CloseReason.LOCAL);
            assertThat(server.stats().bytesIn()).isLessThanOrEqualTo(192 * 1024);
        }
    }
}
