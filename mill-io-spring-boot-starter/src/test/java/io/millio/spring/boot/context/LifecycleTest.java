package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millio.loop.Event;
import io.millio.loop.EventHandler;
import io.millio.loop.EventLoop;
import io.millio.loop.Interest;
import io.millio.loop.LoopStats;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.TcpServer;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.AbstractApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class LifecycleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void aContextCanBeStoppedAndStartedAgainAndServesAsBefore() {
        Runners.echo()
                .withPropertyValues(
                        "mill.servers.raw.address=127.0.0.1", "mill.servers.raw.port=0", "mill.servers.raw.token=2")
                .withBean(Handlers.Echo.class)
                .withBean(Handlers.RawGreeter.class)
                .run(context -> {
                    TcpServer server = context.getBean(MillServers.class).server("echo");
                    for (int life = 1; life <= 4; life++) {
                        try (Client client = Client.of(context, "echo");
                                Client raw = Client.of(context, "raw")) {
                            assertThat(client.echo("hello")).isEqualTo("hello");
                            assertThat(raw.receiveAll()).isEqualTo("hello");
                        }
                        assertThat(server.stats().accepted()).isEqualTo(life);
                        ((AbstractApplicationContext) context.getSourceApplicationContext()).stop();
                        assertThat(server.isListening()).isFalse();
                        assertThat(context.getBean(EventLoop.class).stats().state())
                                .isEqualTo(LoopStats.State.STOPPED);
                        ((AbstractApplicationContext) context.getSourceApplicationContext()).start();
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"workers", "direct"})
    void whatWasReceivedIsAnsweredBeforeTheContextIsClosed(String dispatch, CapturedOutput output) {
        Runners.echo()
                .withPropertyValues("mill.servers.echo.dispatch=" + dispatch, "mill.servers.echo.framing.type=line")
                .withBean(Slow.class)
                .run(context -> {
                    Slow handler = context.getBean(Slow.class);
                    try (Client client = Client.of(context, "echo")) {
                        client.send("0\n".repeat(500));
                        assertThat(handler.called.await(20, TimeUnit.SECONDS)).isTrue();
                        CompletableFuture<Void> closing = CompletableFuture.runAsync(
                                () -> ((AbstractApplicationContext) context.getSourceApplicationContext()).close());
                        await().atMost(PATIENCE)
                                .until(() -> !handlerServer(context).isListening());
                        assertThat(closing).isNotDone();
                        handler.goOn.countDown();
                        assertThat(client.receiveAll()).isEqualTo("0\n".repeat(500));
                        client.close();
                        closing.get(20, TimeUnit.SECONDS);
                    }
                    assertThat(output).contains("1 connections answered and closed, 0 cut");
                });
    }

    private static TcpServer handlerServer(AssertableApplicationContext context) {
        return ((ConfiguredServers) context.getSourceApplicationContext().getBean(MillServers.class)).server("echo");
    }

    @Test
    void whatIsLeftAtTheTimeOutIsCutAndTheStuckHandlerShown(CapturedOutput output) {
        Runners.echo()
                .withPropertyValues("mill.shutdown.timeout=200ms")
                .withBean(Slow.class)
                .run(context -> {
                    Slow handler = context.getBean(Slow.class);
                    try (Client client = Client.of(context, "echo")) {
                        client.send("x");
                        assertThat(handler.called.await(20, TimeUnit.SECONDS)).isTrue();
                        ((AbstractApplicationContext) context.getSourceApplicationContext()).close();
                    }
                    assertThat(output)
                            .containsPattern("WARN .*loop 'mill' drained in")
                            .contains("Slow.onData");
                });
    }

    @Test
    void noThreadIsLeftAfterClose() {
        Runners.echo()
                .withPropertyValues("mill.event-loop.name=mortal", "mill.event-loop.reactors=2")
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                    assertThat(threads("mortal-")).isPositive();
                });
        await().atMost(PATIENCE).until(() -> threads("mortal-") == 0);
    }

    @Test
    void aFailedStartLeavesNeitherThreadNorPort() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Runners.echo()
                    .withPropertyValues(
                            "mill.event-loop.name=stillborn",
                            "mill.servers.second.address=127.0.0.1",
                            "mill.servers.second.port=" + taken.getLocalPort())
                    .withBean(Handlers.Echo.class)
                    .withBean(SecondServer.class)
                    .run(context -> assertThat(context).hasFailed());
        }
        await().atMost(PATIENCE).until(() -> threads("stillborn-") == 0);
    }

    @Test
    void aDrainThatIsStillGoingOnAfterItsPhaseIsEnded() {
        Runners.echo()
                .withPropertyValues("mill.shutdown.timeout=60s", "spring.lifecycle.timeout-per-shutdown-phase=200ms")
                .withConfiguration(AutoConfigurations.of(LifecycleAutoConfiguration.class))
                .withBean(Slow.class)
                .run(context -> {
                    Slow handler = context.getBean(Slow.class);
                    try (Client client = Client.of(context, "echo")) {
                        client.send("x");
                        assertThat(handler.called.await(20, TimeUnit.SECONDS)).isTrue();
                        EventLoop loop = context.getBean(EventLoop.class);
                        ((AbstractApplicationContext) context.getSourceApplicationContext()).stop();
                        await().atMost(PATIENCE).until(() -> loop.stats().state() == LoopStats.State.STOPPED);
                    }
                });
    }

    @Test
    void aStartThatFailedCanBeRepeated() {
        AtomicBoolean broken = new AtomicBoolean();
        Runners.echo()
                .withBean(Handlers.Echo.class)
                .withBean(
                        "pings",
                        MillChannelFactory.class,
                        () -> MillChannelFactory.of(9, Interest.READABLE, () -> {
                            if (broken.get()) {
                                throw new IOException("planted");
                            }
                            return DatagramChannel.open();
                        }))
                .withBean(Pinger.class)
                .run(context -> {
                    AbstractApplicationContext source =
                            (AbstractApplicationContext) context.getSourceApplicationContext();
                    source.stop();
                    broken.set(true);
                    assertThatThrownBy(source::start).hasStackTraceContaining("planted");
                    assertThat(context.getBean(EventLoop.class).stats().state()).isEqualTo(LoopStats.State.STOPPED);
                    broken.set(false);
                    source.start();
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                });
    }

    private static long threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }

    @Test
    void bothLivesAreInThePhasesOfBootsOwnServersAndAreNotPaused() {
        Runners.plain().run(context -> {
            SmartLifecycle servers = context.getBean(ServersLifecycle.class);
            SmartLifecycle drain = context.getBean(DrainLifecycle.class);
            assertThat(servers.getPhase()).isEqualTo(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE);
            assertThat(drain.getPhase()).isEqualTo(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE);
            assertThat(servers.isPauseable()).isFalse();
            assertThat(drain.isPauseable()).isFalse();
        });
    }

    @Test
    void stoppingDoesNotBlockTheLifecycle() {
        Runners.echo().withBean(Slow.class).run(context -> {
            Slow handler = context.getBean(Slow.class);
            try (Client client = Client.of(context, "echo")) {
                client.send("x");
                assertThat(handler.called.await(20, TimeUnit.SECONDS)).isTrue();
                CompletableFuture<Void> stopped = new CompletableFuture<>();
                context.getBean(DrainLifecycle.class).stop(() -> stopped.complete(null));
                assertThat(stopped).isNotDone();
                handler.goOn.countDown();
                assertThat(client.receiveAll()).isEqualTo("x");
                client.close();
                stopped.get(20, TimeUnit.SECONDS);
            }
        });
    }

    @Test
    void aDrainTakesOneSecondLessThanAPhaseUnlessItIsTold() {
        Runners.plain()
                .run(context -> assertThat(context.getBean(DrainLifecycle.class).timeout())
                        .isEqualTo(Duration.ofSeconds(29)));
        Runners.plain()
                .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=10s")
                .run(context -> assertThat(context.getBean(DrainLifecycle.class).timeout())
                        .isEqualTo(Duration.ofSeconds(9)));
        Runners.plain()
                .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=1s")
                .run(context -> assertThat(context.getBean(DrainLifecycle.class).timeout())
                        .isEqualTo(Duration.ofMillis(500)));
        Runners.plain().withPropertyValues("mill.shutdown.timeout=3s").run(context -> assertThat(
                        context.getBean(DrainLifecycle.class).timeout())
                .isEqualTo(Duration.ofSeconds(3)));
    }

    @Test
    void aDrainThatOutlastsItsPhaseIsWarnedOf(CapturedOutput output) {
        Runners.plain().withPropertyValues("mill.shutdown.timeout=40s").run(context -> assertThat(output)
                .contains("mill.shutdown.timeout is PT40S")
                .contains("spring.lifecycle.timeout-per-shutdown-phase only PT30S"));
    }

    /** Holds the first call until it is told to go on. */
    @MillHandler(server = "echo")
    static class Slow implements ConnectionHandler {
        final CountDownLatch called = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        public void onData(Connection connection, ByteBuffer data) throws InterruptedException {
            called.countDown();
            goOn.await();
            if (data.remaining() == 1 && data.get(0) == '0') {
                connection.writeFrame(data);
            } else {
                connection.write(data);
            }
        }
    }

    @MillHandler(token = 9)
    static class Pinger implements EventHandler {
        @Override
        public void onEvent(Event event) {}
    }

    @MillHandler(server = "second")
    static class SecondServer extends Handlers.Echo {}
}
