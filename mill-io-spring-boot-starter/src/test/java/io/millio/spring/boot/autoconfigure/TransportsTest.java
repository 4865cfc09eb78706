package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.millio.spring.boot.context.MillServers;
import io.millio.spring.boot.context.UdpEndpointCustomizer;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.AbstractApplicationContext;

/** Servers that are not TCP: datagrams, and sockets with a path. */
@ExtendWith(OutputCaptureExtension.class)
class TransportsTest {
    private static String exchange(DatagramSocket socket, SocketAddress server, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(bytes, bytes.length, server));
        DatagramPacket answer = new DatagramPacket(new byte[2_048], 2_048);
        socket.receive(answer);
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }

    private static ApplicationContextRunner datagrams(String... properties) {
        return Runners.plain()
                .withPropertyValues(
                        "mill.servers.datagrams.transport=udp",
                        "mill.servers.datagrams.address=127.0.0.1",
                        "mill.servers.datagrams.port=0",
                        "mill.servers.datagrams.token=3")
                .withPropertyValues(properties)
                .withBean(Handlers.EchoOfDatagrams.class);
    }

    private static ApplicationContextRunner unix(Path file, String... properties) {
        return Runners.plain()
                .withPropertyValues("mill.servers.echo.transport=unix", "mill.servers.echo.path=" + file)
                .withPropertyValues(properties)
                .withBean(Handlers.Echo.class);
    }

    @Test
    void datagramsGoToTheirHandlerInEachLifeOfTheContext(CapturedOutput output) {
        datagrams().run(context -> {
            MillServers servers = context.getBean(MillServers.class);
            for (int life = 1; life <= 2; life++) {
                try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                    socket.setSoTimeout(20_000);
                    assertThat(exchange(socket, servers.localAddress("datagrams"), "hello"))
                            .isEqualTo("hello");
                }
                assertThat(servers.datagrams("datagrams").stats().datagramsIn()).isEqualTo(life);
                AbstractApplicationContext source = (AbstractApplicationContext) context.getSourceApplicationContext();
                source.stop();
                assertThat(servers.datagrams("datagrams").isOpen()).isFalse();
                source.start();
            }
            assertThat(output).contains("listening on udp 127.0.0.1:").contains("(token 3, WORKERS)");
            assertThatIllegalStateException()
                    .isThrownBy(() -> servers.server("datagrams"))
                    .withMessage("server 'datagrams' is for datagrams; datagrams(name) has its endpoint");
        });
    }

    @Test
    void whatDatagramsDoIsCounted() {
        Runners.meteredWithEverything().withBean(Handlers.Echo.class).run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                socket.setSoTimeout(50);
                SocketAddress server = context.getBean(MillServers.class).localAddress("datagrams");
                try {
                    exchange(socket, server, "x");
                } catch (SocketTimeoutException theHandlerThrows) {
                    // As it is to be.
                }
                socket.setSoTimeout(20_000);
                assertThat(exchange(socket, server, "hello")).isEqualTo("hello");
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> registry.find("mill.handler.errors")
                                            .tag("server", "datagrams")
                                            .tag("exception", "IllegalStateException")
                                            .functionCounters()
                                            .size()
                                    + (int) registry.get("mill.handler.errors")
                                            .tag("server", "datagrams")
                                            .tag("exception", "none")
                                            .functionCounter()
                                            .count()
                            == 1);
            assertThat(registry.get("mill.server.datagrams")
                            .tag("server", "datagrams")
                            .tag("direction", "in")
                            .functionCounter()
                            .count())
                    .isEqualTo(2);
        });
    }

    @Test
    void aCustomizerHasTheLastWordOnDatagrams() {
        datagrams()
                .withBean(UdpEndpointCustomizer.class, () -> (name, builder) -> builder.maxDatagram(4))
                .run(context -> {
                    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                        socket.setSoTimeout(20_000);
                        SocketAddress server =
                                context.getBean(MillServers.class).localAddress("datagrams");
                        assertThat(exchange(socket, server, "hello")).isEqualTo("hell");
                    }
                });
    }

    @Test
    void aSocketWithAPathServesAsAPortDoes(@TempDir Path directory, CapturedOutput output) {
        Path file = directory.resolve("echo.sock");
        unix(file).run(context -> {
            MillServers servers = context.getBean(MillServers.class);
            try (SocketChannel channel = SocketChannel.open(servers.localAddress("echo"))) {
                channel.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
                ByteBuffer answer = ByteBuffer.allocate(5);
                while (answer.hasRemaining() && channel.read(answer) >= 0) {
                    assertThat(channel.isOpen()).isTrue();
                }
                assertThat(new String(answer.array(), StandardCharsets.UTF_8)).isEqualTo("hello");
            }
            assertThat(output).contains("listening on unix " + file);
            assertThatIllegalStateException()
                    .isThrownBy(() -> servers.port("echo"))
                    .withMessageContaining("which has no port");
        });
        assertThat(file).doesNotExist();
    }

    @Test
    void aPathThatIsTakenIsNamedWithItsProperty(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("taken"), "not a socket");
        FailureAnalysis failure = Failures.of(unix(file));
        assertThat(failure.getDescription())
                .contains("Server 'echo' cannot listen as mill.servers.echo.path demands", file.toString());
        assertThat(failure.getAction()).contains("Set mill.servers.echo.path");
        assertThat(Failures.of(Runners.plain()
                                .withPropertyValues("mill.servers.echo.transport=unix")
                                .withBean(Handlers.Echo.class))
                        .getDescription())
                .isEqualTo("Server 'echo' has no path.");
    }

    @ParameterizedTest
    @CsvSource({
        "udp, max-connections=5, mill.servers.echo.max-connections",
        "udp, framing.type=line, mill.servers.echo.framing.type",
        "udp, socket.keep-count=3, mill.servers.echo.socket.keep-count",
        "udp, path=/tmp/x, mill.servers.echo.path",
        "tcp, path=/tmp/x, mill.servers.echo.path",
        "unix, port=1, mill.servers.echo.port",
        "unix, address=localhost, mill.servers.echo.address"
    })
    void keysOfAnotherTransportAreRefused(String transport, String key, String property) {
        FailureAnalysis failure = Failures.of(Runners.plain()
                .withPropertyValues(
                        "mill.servers.echo.transport=" + transport,
                        transport.equals("unix") ? "mill.servers.echo.path=/tmp/echo" : "mill.servers.echo.port=0",
                        "mill.servers.echo." + key)
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription()).contains(property);
    }

    @Test
    void aHandlerForAnotherTransportIsRefused() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.transport=udp")
                .withBean("echo", Handlers.Echo.class));
        assertThat(failure.getDescription())
                .isEqualTo("The transport of server 'echo' is udp, which its handler, bean 'echo'"
                        + " (io.millio.spring.boot.testkit.Handlers$Echo), is not for.");
        assertThat(failure.getAction())
                .isEqualTo("Annotate a method, or implement DatagramHandler, or change mill.servers.echo.transport.");
        assertThat(Failures.of(Runners.plain()
                                .withPropertyValues("mill.servers.datagrams.port=0")
                                .withBean(Handlers.EchoOfDatagrams.class))
                        .getAction())
                .isEqualTo(
                        "Annotate a method, or implement ConnectionHandler, or change mill.servers.datagrams.transport.");
    }
}
