package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Peer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Whatever a callback throws closes its own connection, is reported, and is nobody else's affair. */
class HandlerErrorContractTest extends ConnectionContract {
    /** 10 000 in all, over the four modes. */
    private static final int THROWS = 2500;

    /** One of each family that somebody might leave out of a catch. */
    private static final List<Throwable> KINDS = List.of(
            new IllegalStateException("unchecked"),
            new IOException("checked"),
            new AssertionError("error"),
            new OutOfMemoryError("thrown by hand"),
            new StackOverflowError("thrown by hand"),
            new InterruptedException("checked, and special"),
            new NoClassDefFoundError("linkage"),
            new FramingException(FramingException.Kind.NO_MEMORY, "the framing's own"),
            new Throwable("nothing but a throwable"));

    private final AtomicInteger thrown = new AtomicInteger();

    @SuppressWarnings("unchecked") // erased: any throwable passes for an unchecked one
    private <T extends Throwable> void fail(Throwable what) throws T {
        thrown.incrementAndGet();
        throw (T) what;
    }

    private void failNow() {
        this.<RuntimeException>fail(KINDS.get(thrown.get() % KINDS.size()));
    }

    /** Throws from the callback that its connection's first bytes name. */
    private final class Thrower implements ConnectionHandler {
        private void maybe(Connection connection, String callback) {
            if (callback.equals(connection.attachment())) {
                failNow();
            }
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (connection.attachment() == null) {
                byte[] name = new byte[data.remaining()];
                data.get(name);
                connection.attach(new String(name));
            }
            maybe(connection, "onData");
            maybe(connection, "onError");
            if ("onError".equals(connection.attachment())) {
                throw new IllegalStateException("so that onError is called");
            }
            if ("execute".equals(connection.attachment())) {
                connection.execute(HandlerErrorContractTest.this::failNow);
            }
            if ("onWritable".equals(connection.attachment())) {
                // A single write may be gone before anybody has seen it pending.
                while (connection.write(ByteBuffer.allocate(300_000)) == WriteResult.ACCEPTED) {
                    Thread.onSpinWait();
                }
            }
            connection.write(ByteBuffer.wrap("ok".getBytes()));
        }

        @Override
        public void onWritable(Connection connection) {
            maybe(connection, "onWritable");
        }

        @Override
        public void onInputClosed(Connection connection) {
            maybe(connection, "onInputClosed");
            if (!"onIdle".equals(connection.attachment())) {
                connection.close();
            }
        }

        @Override
        public void onShutdown(Connection connection) {
            maybe(connection, "onShutdown");
        }

        @Override
        public void onIdle(Connection connection) {
            maybe(connection, "onIdle");
            connection.close();
        }

        @Override
        public void onError(Connection connection, Throwable error) {
            maybe(connection, "onError");
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            maybe(connection, "onClose");
        }
    }

    @Test
    void tenThousandThrowablesFromEveryCallbackHarmNobodyElse() {
        Watch watch = watch(new Thrower());
        TcpServer server = serve(watch);
        Peer neighbour = connect(server);
        neighbour.send("ok").receive(2);
        List<String> callbacks = List.of("onData", "execute", "onInputClosed", "onClose");
        for (int i = 0; i < THROWS; i++) {
            try (Peer peer = Peer.connect(server.localAddress())) {
                String callback = callbacks.get(i % callbacks.size());
                peer.send(callback);
                if (callback.startsWith("on") && !callback.equals("onData")) {
                    peer.finish();
                }
                assertThat(peer.end()).isEqualTo("FIN");
            }
            if (i % 100 == 0) {
                assertThat(neighbour.send("still").receiveText(2)).isEqualTo("ok");
            }
        }
        // What onClose throws is reported, and each connection counted, after the watch has noted it as closed.
        Await.until(
                () -> "the neighbour to be left: " + server.stats(),
                () -> server.stats().active() == 1);
        assertThat(watch.closed()).hasSize(THROWS);
        assertThat(thrown.get()).isEqualTo(THROWS);
        assertThat(errors()).as("errors that the listener saw").hasSize(THROWS);
        assertThat(loop().stats().errors()).isEqualTo(THROWS);
        assertThat(server.stats().handlerErrors().values().stream()
                        .mapToLong(n -> n)
                        .sum())
                .isEqualTo(THROWS);
        assertThat(server.stats().closed())
                .containsEntry(CloseReason.HANDLER_ERROR, THROWS * 3L / 4)
                .containsEntry(CloseReason.PEER, THROWS / 4L)
                .hasSize(2);
        assertThat(neighbour.send("still").receiveText(2)).isEqualTo("ok");
    }

    @Test
    void throwingOnOpenEndsTheConnectionBeforeItsFirstData() {
        AtomicInteger data = new AtomicInteger();
        Watch watch = watch(new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                failNow();
            }

            @Override
            public void onData(Connection connection, ByteBuffer bytes) {
                data.incrementAndGet();
            }
        });
        TcpServer server = serve(watch);
        for (int i = 0; i < KINDS.size(); i++) {
            Peer peer = connect(server).send("data");
            assertThat(peer.end()).isEqualTo("FIN");
            peer.close();
        }
        assertThat(watch.awaitClosed(KINDS.size())).containsOnly(CloseReason.HANDLER_ERROR);
        assertThat(data).hasValue(0);
        assertThat(errors()).containsExactlyElementsOf(KINDS);
    }

    @Test
    void throwingFromTheRarerCallbacksIsAHandlerErrorToo() {
        ManualTicker ticker = new ManualTicker();
        loop(builder -> builder.ticker(ticker).pollTimeout(Duration.ofMillis(5)).stallThreshold(Duration.ZERO));
        Watch watch = watch(new Thrower());
        TcpServer server = serve(watch, builder -> builder.idleTimeout(Duration.ofSeconds(10))
                .socket(SocketOptions.defaults().sendBuffer(16_000)));
        Peer writable = connectNarrow(server).send("onWritable");
        assertThat(writable.end()).isEqualTo("FIN");
        writable.close();
        watch.awaitClosed(1);
        Peer idle = connect(server).send("onIdle");
        idle.receive(2);
        idle.finish();
        Await.until("idleness", () -> {
            ticker.advance(Duration.ofSeconds(1));
            return watch.closed().size() == 2;
        });
        assertThat(idle.end()).isEqualTo("FIN");
        Peer shutdown = connect(server).send("onShutdown");
        shutdown.receive(2);
        server.shutdown(Duration.ofSeconds(30));
        assertThat(shutdown.end()).isEqualTo("FIN");
        shutdown.close();
        assertThat(watch.awaitClosed(3)).containsOnly(CloseReason.HANDLER_ERROR);
        assertThat(errors()).hasSize(3);
    }

    /** The error handler may fail as well: both are reported, and it is not told of its own failure. */
    @Test
    void throwingFromOnErrorIsReportedOnceMoreAndNoMore() {
        Watch watch = watch(new Thrower());
        Peer peer = connect(serve(watch)).send("onError");
        assertThat(peer.end()).isEqualTo("FIN");
        peer.close();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.HANDLER_ERROR);
        Await.until("the report", () -> errors().size() == thrown.get());
        assertThat(errors()).hasSize(2);
    }

    /** Answers given before the failure are flushed; the peer sees how far it came. */
    @Test
    void whatWasWrittenBeforeTheThrowArrives() {
        Watch watch = watch((connection, data) -> {
            connection.write(ByteBuffer.wrap(pattern(100_000)));
            failNow();
        });
        Peer peer = connect(serve(watch)).send("x");
        assertThat(peer.receiveToEnd()).isEqualTo(pattern(100_000));
        peer.close();
        assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.HANDLER_ERROR);
        assertThat(errors()).hasSize(1);
    }

    @Test
    void theRestOfTheInputIsNotDeliveredAfterAThrow() {
        AtomicInteger calls = new AtomicInteger();
        Watch watch = watch((connection, line) -> {
            if (calls.incrementAndGet() == 3) {
                failNow();
            }
        });
        Peer peer = connect(serve(watch, builder -> builder.framing(Framing.lines())));
        peer.send("a\n".repeat(100));
        assertThat(peer.end()).isEqualTo("FIN");
        peer.close();
        watch.awaitClosed(1);
        assertThat(calls).hasValue(3);
        assertThat(errors()).hasSize(1);
    }
}
