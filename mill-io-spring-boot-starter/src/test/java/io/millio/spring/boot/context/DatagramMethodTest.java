package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millio.loop.Dispatch;
import io.millio.net.Connection;
import io.millio.net.UdpEndpoint;
import io.millio.net.UdpStats;
import io.millio.spring.boot.annotation.MillAdvice;
import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.annotation.MillOpen;
import io.millio.spring.boot.autoconfigure.MillJacksonAutoConfiguration;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class DatagramMethodTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private DatagramSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        socket.setSoTimeout((int) PATIENCE.toMillis());
    }

    @AfterEach
    void close() {
        socket.close();
    }

    private static ApplicationContextRunner with(Class<?> handler) {
        return Runners.plain()
                .withConfiguration(AutoConfigurations.of(MillJacksonAutoConfiguration.class))
                .withPropertyValues(
                        "mill.servers.asked.transport=udp",
                        "mill.servers.asked.address=127.0.0.1",
                        "mill.servers.asked.port=0",
                        "mill.servers.asked.token=3")
                .withBean("handler", handler);
    }

    private void send(AssertableApplicationContext context, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int port = context.getBean(MillServers.class).port("asked");
        socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
    }

    private String receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    }

    private String ask(AssertableApplicationContext context, String text) throws IOException {
        send(context, text);
        return receive();
    }

    private static UdpStats stats(AssertableApplicationContext context) {
        return context.getBean(MillServers.class).datagrams("asked").stats();
    }

    @Test
    void whatIsReturnedGoesToTheSenderAsOneDatagram() {
        with(Text.class).run(context -> {
            assertThat(ask(context, "a")).isEqualTo("a from 127.0.0.1:" + socket.getLocalPort() + " true");
            assertThat(ask(context, "no framing\nneeded")).startsWith("no framing\nneeded from ");
        });
    }

    @Test
    void bytesAndPayloadsComeAndGoAsWithConnections() {
        with(Bytes.class).run(context -> assertThat(ask(context, "abc")).isEqualTo("abc"));
        with(Buffer.class).run(context -> assertThat(ask(context, "abc")).isEqualTo("abc"));
        with(Json.class)
                .run(context -> assertThat(ask(context, "{\"x\":1,\"y\":2}")).isEqualTo("{\"x\":2,\"y\":1}"));
    }

    @Test
    void nothingIsSentForVoidAndNull() {
        with(Quiet.class).run(context -> {
            send(context, "quiet");
            assertThat(ask(context, "loud")).isEqualTo("loud");
            assertThat(stats(context).datagramsOut()).isEqualTo(1);
        });
    }

    @Test
    void aStageIsAnsweredWhenItEnds() {
        with(Late.class).run(context -> {
            Late late = context.getBean(Late.class);
            send(context, "one");
            send(context, "two");
            await().atMost(PATIENCE).until(() -> late.stages.size() == 2);
            CompletableFuture<String> one = late.stages.remove();
            late.stages.remove().complete("second");
            assertThat(receive()).isEqualTo("second");
            one.completeExceptionally(new CompletionException(new IllegalStateException("late")));
            assertThat(receive()).isEqualTo("sorry: late");
        });
    }

    @Test
    void noMoreThanTheLimitIsUnderWay() {
        with(Late.class)
                .withPropertyValues("mill.servers.asked.dispatch=direct", "mill.shutdown.timeout=1ms")
                .run(context -> {
                    Late late = context.getBean(Late.class);
                    for (int i = 1; i <= MethodDatagrams.LIMIT; i++) {
                        int sent = i;
                        send(context, "x");
                        if (i % 64 == 0) {
                            await().atMost(PATIENCE).until(() -> late.stages.size() == sent);
                        }
                    }
                    assertThat(ask(context, "too many"))
                            .startsWith("sorry: 1024 replies of server 'asked' are under way");
                    late.stages.remove().complete("done");
                    assertThat(receive()).isEqualTo("done");
                    send(context, "room again");
                    await().atMost(PATIENCE).until(() -> late.stages.size() == MethodDatagrams.LIMIT);
                });
    }

    @Test
    void aReplyThatNoDatagramHoldsGoesToTheExceptionHandler() {
        with(Sorry.class).run(context -> {
            assertThat(ask(context, "65507")).hasSize(65_507);
            assertThat(ask(context, "65508"))
                    .startsWith("sorry: a datagram holds at most 65507 bytes, but this one has 65508");
        });
    }

    @Test
    void anAdviceAnswersUnlessItWantsAConnection() {
        with(Sized.class)
                .withBean("first", ConnectionAdvice.class)
                .withBean("second", PlainAdvice.class)
                .run(context -> assertThat(ask(context, "no number")).startsWith("advice: For input string"));
    }

    @Test
    void whatNobodyHandlesIsCountedAndTheServerGoesOn() {
        with(Sized.class).run(context -> {
            send(context, "no number");
            assertThat(ask(context, "3")).isEqualTo("xxx");
            assertThat(stats(context).handlerErrors()).containsEntry("NumberFormatException", 1L);
        });
    }

    @Test
    void aStageThatFailsWithoutExceptionHandlerIsReportedAndCounted() {
        with(LateWithoutHandler.class).run(context -> {
            send(context, "x");
            LateWithoutHandler late = context.getBean(LateWithoutHandler.class);
            await().atMost(PATIENCE).until(() -> !late.stages.isEmpty());
            late.stages.remove().completeExceptionally(new IllegalStateException("planted"));
            await().atMost(PATIENCE)
                    .until(() -> stats(context).handlerErrors().equals(Map.of("IllegalStateException", 1L)));
            await().atMost(PATIENCE).until(() -> errors(context) == 1);
        });
    }

    private static long errors(AssertableApplicationContext context) {
        return context.getBean(ConfiguredServers.class).loop().stats().errors();
    }

    @ParameterizedTest
    @EnumSource(
            value = Dispatch.class,
            names = {"DIRECT", "WORKERS"})
    void theEndOfTheContextWaitsForTheRepliesThatAreUnderWay(Dispatch dispatch) {
        with(Late.class)
                .withPropertyValues("mill.servers.asked.dispatch=" + dispatch, "mill.shutdown.timeout=20s")
                .run(context -> {
                    Late late = context.getBean(Late.class);
                    send(context, "one");
                    send(context, "two");
                    await().atMost(PATIENCE).until(() -> late.stages.size() == 2);
                    UdpEndpoint endpoint = context.getBean(MillServers.class).datagrams("asked");
                    Thread closing = new Thread(context::close);
                    closing.start();
                    await().atMost(PATIENCE).until(() -> !endpoint.isOpen());
                    late.stages.remove().complete("first");
                    assertThat(receive()).isEqualTo("first");
                    assertThat(closing.isAlive()).isTrue();
                    late.stages.remove().completeExceptionally(new IllegalStateException("last"));
                    assertThat(receive()).isEqualTo("sorry: last");
                    closing.join(PATIENCE.toMillis());
                    assertThat(closing.isAlive()).isFalse();
                    assertThat(endpoint.stats().dropped()).isEmpty();
                });
    }

    @Test
    void aReplyThatComesAfterTheTimeOutOfTheShutdownIsDroppedAndCounted() {
        with(Late.class).withPropertyValues("mill.shutdown.timeout=1ms").run(context -> {
            Late late = context.getBean(Late.class);
            UdpEndpoint endpoint = context.getBean(MillServers.class).datagrams("asked");
            send(context, "one");
            await().atMost(PATIENCE).until(() -> late.stages.size() == 1);
            context.close();
            assertThat(endpoint.stats().dropped()).isEqualTo(Map.of("closed", 1L));
            late.stages.remove().complete("too late");
            assertThat(endpoint.stats().dropped()).isEqualTo(Map.of("closed", 1L));
            assertThat(endpoint.stats().handlerErrors()).isEmpty();
        });
    }

    @Test
    void aDatagramThatWasCutIsAnErrorAndNoMessage() {
        with(Sized.class)
                .withBean("small", UdpEndpointCustomizer.class, () -> (name, builder) -> builder.maxDatagram(2))
                .withBean("second", PlainAdvice.class)
                .run(context -> assertThat(ask(context, "123"))
                        .startsWith("advice: a datagram from /127.0.0.1:")
                        .contains("was longer than the 2 bytes that it takes"));
    }

    @Test
    void aPrototypeServesOneLifeOfTheEndpointAndIsDestroyedWithIt() {
        Counted.made.set(0);
        Counted.destroyed.set(0);
        Runners.plain()
                .withPropertyValues(
                        "mill.servers.asked.transport=udp",
                        "mill.servers.asked.address=127.0.0.1",
                        "mill.servers.asked.port=0")
                .withBean("handler", Counted.class, () -> BeanUtils.instantiateClass(Counted.class), definition -> {
                    definition.setScope("prototype");
                    definition.setDestroyMethodName("destroy");
                })
                .run(context -> {
                    assertThat(ask(context, "x")).isEqualTo("1");
                    assertThat(ask(context, "x")).isEqualTo("2");
                    assertThat(Counted.made).hasValue(1);
                });
        await().atMost(PATIENCE).until(() -> Counted.destroyed.get() == 1);
    }

    static Stream<Arguments> signaturesThatCannotWork() {
        return Stream.of(
                Arguments.of(WithConnection.class, "parameter 1, io.millio.net.Connection, is none of the types"),
                Arguments.of(
                        TwoContents.class,
                        "parameter 2, java.lang.String, would be the message, but parameter 1, byte[], is that already"),
                Arguments.of(
                        TwoEndpoints.class,
                        "parameter 2, io.millio.net.UdpEndpoint, would be the endpoint, but parameter 1,"));
    }

    @ParameterizedTest
    @MethodSource("signaturesThatCannotWork")
    void aSignatureThatCannotWorkIsNamedWithTheAllowedShapes(Class<?> handler, String reason) {
        FailureAnalysis failure = Failures.of(with(handler));
        assertThat(failure.getDescription())
                .startsWith("The @MillHandler method " + handler.getName() + ".handle(")
                .contains(") of bean 'handler' cannot be called: ", reason);
        assertThat(failure.getAction()).contains("for a server of transport udp UdpEndpoint, SocketAddress");
    }

    @Test
    void anEndpointIsNoParameterWhereThereAreConnections() {
        FailureAnalysis failure = Failures.of(with(Text.class).withPropertyValues("mill.servers.asked.transport=tcp"));
        assertThat(failure.getDescription()).contains("io.millio.net.UdpEndpoint, is none of the types");
    }

    @ParameterizedTest
    @MethodSource
    void callbacksOfConnectionsBesideDatagramsAreRefused(Class<?> handler, String method) {
        FailureAnalysis failure = Failures.of(with(handler));
        assertThat(failure.getDescription())
                .contains(method, "is for connections, but all the @MillHandler methods of bean 'handler'");
        assertThat(failure.getAction()).contains("take the Connection out of its parameters");
    }

    static Stream<Arguments> callbacksOfConnectionsBesideDatagramsAreRefused() {
        return Stream.of(
                Arguments.of(Opening.class, "Opening.open()"),
                Arguments.of(HandlingByConnection.class, "HandlingByConnection.failed("));
    }

    @Test
    void aMethodForADisabledServerIsLeftAlone() {
        with(Text.class).withPropertyValues("mill.servers.asked.enabled=false").run(context -> assertThat(context)
                .hasNotFailed());
    }

    static class Text {
        @MillHandler(token = 3)
        String handle(UdpEndpoint endpoint, SocketAddress sender, String text) {
            return text + " from " + sender.toString().substring(1) + " " + endpoint.isOpen();
        }
    }

    static class Bytes {
        @MillHandler(server = "asked")
        byte[] handle(byte[] data) {
            return data;
        }
    }

    static class Buffer {
        @MillHandler(server = "asked")
        ByteBuffer handle(ByteBuffer data) {
            return data;
        }
    }

    record Point(int x, int y) {}

    static class Json {
        @MillHandler(server = "asked")
        Point mirrored(Point point) {
            return new Point(point.y(), point.x());
        }
    }

    static class Quiet {
        @MillHandler(server = "asked")
        String some(String text) {
            return text.equals("quiet") ? null : text;
        }
    }

    static class LateWithoutHandler {
        final Queue<CompletableFuture<String>> stages = new ConcurrentLinkedQueue<>();

        @MillHandler(server = "asked")
        CompletableFuture<String> handle(String text) {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        }
    }

    static class Late extends LateWithoutHandler {
        @MillExceptionHandler
        String sorry(RuntimeException thrown) {
            return "sorry: " + thrown.getMessage();
        }
    }

    static class Sized {
        @MillHandler(server = "asked")
        String handle(String size) {
            return "x".repeat(Integer.parseInt(size));
        }
    }

    static class Sorry extends Sized {
        @MillExceptionHandler
        String sorry(IllegalArgumentException thrown) {
            return "sorry: " + thrown.getMessage();
        }
    }

    @MillAdvice
    static class ConnectionAdvice {
        @MillExceptionHandler
        String other(IllegalArgumentException thrown, Connection connection) {
            return "never";
        }
    }

    @MillAdvice
    static class PlainAdvice {
        @MillExceptionHandler
        String other(RuntimeException thrown) {
            return "advice: " + thrown.getMessage();
        }
    }

    static class Counted {
        static final AtomicInteger made = new AtomicInteger();
        static final AtomicInteger destroyed = new AtomicInteger();
        private int calls;

        Counted() {
            made.incrementAndGet();
        }

        @MillHandler(server = "asked")
        String handle(String text) {
            calls++;
            return Integer.toString(calls);
        }

        public void destroy() {
            destroyed.incrementAndGet();
        }
    }

    static class WithConnection {
        @MillHandler(server = "asked")
        void handle(Connection connection, String text) {}
    }

    static class TwoContents {
        @MillHandler(server = "asked")
        void handle(byte[] data, String text) {}
    }

    static class TwoEndpoints {
        @MillHandler(server = "asked")
        void handle(UdpEndpoint one, UdpEndpoint two) {}
    }

    static class Opening extends Bytes {
        @MillOpen
        void open() {}
    }

    static class HandlingByConnection extends Bytes {
        @MillExceptionHandler
        void failed(RuntimeException thrown, Connection connection) {}
    }
}
