package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.MeterRegistry;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.pool.ConnectionPool;
import io.millio.net.pool.PooledConnection;
import io.millio.spring.boot.context.ClientCustomizer;
import io.millio.spring.boot.context.MillClients;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.AbstractApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class ClientsTest {
    private static ApplicationContextRunner client(int port, String... properties) {
        return Runners.metered()
                .withPropertyValues("mill.clients.lines.address=127.0.0.1", "mill.clients.lines.port=" + port)
                .withPropertyValues("mill.clients.lines.framing.type=line")
                .withPropertyValues(properties)
                .withBean(Handlers.Echo.class);
    }

    /** Echoes whatever its clients send, one after the other. */
    private static Thread echo(ServerSocket server) {
        Thread thread = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException theTestIsOver) {
                    // Closed.
                }
            }
        });
        thread.start();
        return thread;
    }

    private static String exchange(ConnectionPool pool, String line) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        PooledConnection connection = pool.acquire().get(20, TimeUnit.SECONDS);
        connection.handler(new ConnectionHandler() {
            @Override
            public void onData(Connection from, ByteBuffer data) {
                answer.complete(StandardCharsets.UTF_8.decode(data).toString());
            }
        });
        connection.writeFrame(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        String received = answer.get(20, TimeUnit.SECONDS);
        connection.release();
        return received;
    }

    @Test
    void aConfiguredClientLendsConnectionsInEachLifeOfTheContext() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread serving = echo(server);
            client(server.getLocalPort(), "mill.clients.lines.maximum-pool-size=3")
                    .run(context -> {
                        ConnectionPool pool = context.getBean(MillClients.class).pool("lines");
                        assertThat(pool.stats().max()).isEqualTo(3);
                        assertThat(pool.stats().created()).isZero();
                        AbstractApplicationContext source =
                                (AbstractApplicationContext) context.getSourceApplicationContext();
                        for (int life = 1; life <= 2; life++) {
                            assertThat(exchange(pool, "one")).isEqualTo("one");
                            assertThat(exchange(pool, "two")).isEqualTo("two");
                            assertThat(pool.stats().created()).isEqualTo(life);
                            source.stop();
                            source.start();
                        }
                        MeterRegistry registry = context.getBean(MeterRegistry.class);
                        assertThat(registry.get("mill.client.use")
                                        .tag("client", "lines")
                                        .functionTimer()
                                        .count())
                                .isEqualTo(4);
                        assertThat(registry.get("mill.client.connections.max")
                                        .gauge()
                                        .value())
                                .isEqualTo(3);
                        CompositeHealthContributor health =
                                context.getBean("millHealthContributor", CompositeHealthContributor.class);
                        CompositeHealthContributor clients =
                                (CompositeHealthContributor) Objects.requireNonNull(health.getContributor("clients"));
                        assertThat(Objects.requireNonNull(((HealthIndicator) clients.getContributor("lines")).health())
                                        .getStatus())
                                .isEqualTo(Status.UP);
                    });
            server.close();
            serving.join(20_000);
            assertThat(serving.isAlive()).isFalse();
        }
    }

    @Test
    void namesAreKnownAndOthersRefused() {
        client(1).run(context -> {
            MillClients clients = context.getBean(MillClients.class);
            assertThat(clients.names()).containsExactly("lines");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> clients.pool("line"))
                    .withMessage("there is no client 'line'; known are [lines]");
        });
    }

    @Test
    void aCustomizerHasTheLastWord() {
        client(1, "mill.clients.lines.maximum-pool-size=3")
                .withBean(ClientCustomizer.class, () -> (name, client, pool) -> pool.maximumPoolSize(7))
                .run(context -> assertThat(context.getBean(MillClients.class)
                                .pool("lines")
                                .stats()
                                .max())
                        .isEqualTo(7));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port | 70000 | between 1 and 65535",
                "maximum-pool-size | 0 | between 1 and 65536",
                "minimum-idle | -1 | must not be negative",
                "connection-timeout | 0s | above 0",
                "idle-timeout | -1s | must not be negative",
                "max-lifetime | -1s | must not be negative",
                "keepalive-time | -1s | must not be negative",
                "leak-detection-threshold | -1s | must not be negative",
                "framing.length-bytes | 4 | is for framing type length only",
                "socket.keep-count | 0 | between"
            })
    void anInvalidValueIsNamedWithItsProperty(String key, String value, String reason) {
        FailureAnalysis failure = Failures.of(client(1, "mill.clients.lines." + key + "=" + value));
        assertThat(failure.getDescription()).contains("mill.clients.lines." + key, reason);
    }

    @Test
    void aClientWithoutAddressOrWithTooMuchIsTold() {
        FailureAnalysis without = Failures.of(Runners.plain().withPropertyValues("mill.clients.lines.port=1"));
        assertThat(without.getDescription()).isEqualTo("Client 'lines' has no address or no port.");
        assertThat(without.getAction()).contains("mill.clients.lines.address", "mill.clients.lines.path");
        assertThat(Failures.of(client(1, "mill.clients.lines.path=/tmp/x")).getDescription())
                .isEqualTo("Client 'lines' has a path beside address or port.");
        assertThat(Failures.of(client(1, "mill.clients.lines.minimum-idle=11")).getDescription())
                .contains("Client 'lines' cannot be built: minimum idle is 11");
    }
}
