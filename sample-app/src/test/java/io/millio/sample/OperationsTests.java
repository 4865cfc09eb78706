package io.millio.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.millio.net.Connection;
import io.millio.net.Work;
import io.millio.spring.boot.context.MillServers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** What an operator does with the sample over HTTP, on a management port of its own. */
class OperationsTests {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private final HttpClient http = HttpClient.newHttpClient();

    private static ConfigurableApplicationContext start(String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        for (String key : List.of(
                "server.port",
                "management.server.port",
                "mill.servers.echo.port",
                "mill.servers.rpc.port",
                "mill.servers.statsd-udp.port",
                "mill.servers.statsd-tcp.port")) {
            arguments.add("--" + key + "=0");
        }
        arguments.add("--management.server.address=127.0.0.1");
        return new SpringApplicationBuilder(SampleApplication.class).run(arguments.toArray(String[]::new));
    }

    private HttpResponse<String> send(ConfigurableApplicationContext context, String method, String path, String body)
            throws Exception {
        String port = context.getEnvironment().getRequiredProperty("local.management.port");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/" + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static Socket connect(ConfigurableApplicationContext context) throws IOException {
        Socket socket = new Socket();
        socket.connect((InetSocketAddress) context.getBean(MillServers.class).localAddress("echo"), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.getOutputStream().write(1);
        socket.getInputStream().read();
        return socket;
    }

    @Test
    void theEndpointIsReadOnlyUnlessItIsToldOtherwise() throws Exception {
        try (ConfigurableApplicationContext context = start();
                Socket socket = connect(context)) {
            String overview = send(context, "GET", "mill", "").body();
            assertThat(JsonPath.<String>read(overview, "$.loops.sample.state")).isEqualTo("RUNNING");
            assertThat(JsonPath.<Integer>read(overview, "$.servers.echo.stats.active"))
                    .isEqualTo(1);
            String page = send(context, "GET", "mill/echo?sort=bytes-in&descending=true&size=10", "")
                    .body();
            assertThat(JsonPath.<List<Integer>>read(page, "$.connections[*].bytesIn"))
                    .containsExactly(1);
            assertThat(send(context, "GET", "mill/ecko", "").statusCode()).isEqualTo(404);
            assertThat(send(context, "GET", "mill/echo?size=0", "").statusCode())
                    .isEqualTo(400);
            assertThat(send(context, "POST", "mill/echo", "{\"accepting\":false}")
                            .statusCode())
                    .isEqualTo(405);
            assertThat(send(context, "DELETE", "mill/echo?idle=0s", "").statusCode())
                    .isEqualTo(405);
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void withAccessAServerIsPausedAndConnectionsAreClosed() throws Exception {
        try (ConfigurableApplicationContext context = start("--management.endpoint.mill.access=unrestricted");
                Socket one = connect(context);
                Socket two = connect(context)) {
            assertThat(send(context, "POST", "mill/echo", "{\"accepting\":false}")
                            .statusCode())
                    .isEqualTo(204);
            await().atMost(PATIENCE)
                    .until(() ->
                            context.getBean(MillServers.class).server("echo").isAcceptingPaused());
            assertThat(send(context, "POST", "mill/echo", "{\"accepting\":true}")
                            .statusCode())
                    .isEqualTo(204);
            long id = context.getBean(MillServers.class).server("echo").connections().members().stream()
                    .filter(connection -> connection.remoteAddress().equals(one.getLocalSocketAddress()))
                    .mapToLong(Connection::id)
                    .findFirst()
                    .orElseThrow();
            assertThat(send(context, "DELETE", "mill/echo/" + id, "").body()).isEqualTo("{\"closed\":1}");
            assertThat(one.getInputStream().read()).isEqualTo(-1);
            HttpResponse<String> idle = send(context, "DELETE", "mill/echo?idle=0s", "");
            assertThat(idle.statusCode()).isEqualTo(200);
            assertThat(two.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void readinessIsRefusedOnTheManagementPortWhileConnectionsAreDrained() throws Exception {
        ConfigurableApplicationContext context = start();
        try (Socket socket = connect(context)) {
            assertThat(send(context, "GET", "health/readiness", "").statusCode())
                    .isEqualTo(200);
            assertThat(send(context, "GET", "health", "").statusCode()).isEqualTo(200);
            Work work = context.getBean(MillServers.class)
                    .server("echo")
                    .connections()
                    .members()
                    .get(0)
                    .beginWork();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(context::close);
            await().atMost(PATIENCE)
                    .until(() -> send(context, "GET", "health/readiness", "").statusCode() == 503);
            assertThat(closing).isNotDone();
            work.close();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            socket.close();
            closing.get(20, TimeUnit.SECONDS);
        } finally {
            context.close();
        }
    }
}
