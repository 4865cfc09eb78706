package io.millio.sample.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.millio.net.CloseReason;
import io.millio.sample.testkit.Lines;
import io.millio.sample.testkit.SampleTest;
import io.millio.spring.boot.context.MillServers;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The examples of the specification's section 7, and what the transports add, through real sockets. */
@SampleTest
class SpecificationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String NOTHING = "";
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":\"next\"}";
    private static final String PONG = "{\"jsonrpc\":\"2.0\",\"result\":\"pong\",\"id\":\"next\"}";
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();

    @Autowired
    MillServers servers;

    @LocalServerPort
    int port;

    static Stream<Arguments> examples() {
        return Stream.of(
                example(
                        "positional parameters",
                        "{'jsonrpc': '2.0', 'method': 'subtract', 'params': [42, 23], 'id': 1}",
                        "{'jsonrpc': '2.0', 'result': 19, 'id': 1}"),
                example(
                        "positional parameters the other way round",
                        "{'jsonrpc': '2.0', 'method': 'subtract', 'params': [23, 42], 'id': 2}",
                        "{'jsonrpc': '2.0', 'result': -19, 'id': 2}"),
                example(
                        "named parameters",
                        "{'jsonrpc': '2.0', 'method': 'subtract', 'params': {'subtrahend': 23, 'minuend': 42}, 'id': 3}",
                        "{'jsonrpc': '2.0', 'result': 19, 'id': 3}"),
                example(
                        "named parameters in another order",
                        "{'jsonrpc': '2.0', 'method': 'subtract', 'params': {'minuend': 42, 'subtrahend': 23}, 'id': 4}",
                        "{'jsonrpc': '2.0', 'result': 19, 'id': 4}"),
                example("a notification", "{'jsonrpc': '2.0', 'method': 'update', 'params': [1,2,3,4,5]}", NOTHING),
                example("a notification of no method", "{'jsonrpc': '2.0', 'method': 'foobar'}", NOTHING),
                example(
                        "no such method",
                        "{'jsonrpc': '2.0', 'method': 'foobar', 'id': '1'}",
                        "{'jsonrpc': '2.0', 'error': {'code': -32601, 'message': 'Method not found'}, 'id': '1'}"),
                example(
                        "invalid JSON",
                        "{'jsonrpc': '2.0', 'method': 'foobar, 'params': 'bar', 'baz]",
                        "{'jsonrpc': '2.0', 'error': {'code': -32700, 'message': 'Parse error'}, 'id': null}"),
                example(
                        "an invalid request",
                        "{'jsonrpc': '2.0', 'method': 1, 'params': 'bar'}",
                        "{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null}"),
                example(
                        "a batch of invalid JSON",
                        "[ {'jsonrpc': '2.0', 'method': 'sum', 'params': [1,2,4], 'id': '1'}, {'jsonrpc': '2.0', 'method' ]",
                        "{'jsonrpc': '2.0', 'error': {'code': -32700, 'message': 'Parse error'}, 'id': null}"),
                example(
                        "an empty batch",
                        "[]",
                        "{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null}"),
                example(
                        "an invalid batch",
                        "[1]",
                        "[{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null}]"),
                example(
                        "an invalid batch of three",
                        "[1,2,3]",
                        "[{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null},"
                                + "{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null},"
                                + "{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null}]"),
                example(
                        "a batch of everything",
                        "[{'jsonrpc': '2.0', 'method': 'sum', 'params': [1,2,4], 'id': '1'},"
                                + "{'jsonrpc': '2.0', 'method': 'notify_hello', 'params': [7]},"
                                + "{'jsonrpc': '2.0', 'method': 'subtract', 'params': [42,23], 'id': '2'},"
                                + "{'foo': 'boo'},"
                                + "{'jsonrpc': '2.0', 'method': 'foo.get', 'params': {'name': 'myself'}, 'id': '5'},"
                                + "{'jsonrpc': '2.0', 'method': 'get_data', 'id': '9'}]",
                        "[{'jsonrpc': '2.0', 'result': 7, 'id': '1'}, {'jsonrpc': '2.0', 'result': 19, 'id': '2'},"
                                + "{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null},"
                                + "{'jsonrpc': '2.0', 'error': {'code': -32601, 'message': 'Method not found'}, 'id': '5'},"
                                + "{'jsonrpc': '2.0', 'result': ['hello', 5], 'id': '9'}]"),
                example(
                        "a batch of notifications",
                        "[{'jsonrpc': '2.0', 'method': 'notify_sum', 'params': [1,2,4]},"
                                + "{'jsonrpc': '2.0', 'method': 'notify_hello', 'params': [7]}]",
                        NOTHING));
    }

    private static Arguments example(String name, String message, String answer) {
        return Arguments.of(name, message.replace('\'', '"'), answer.replace('\'', '"'));
    }

    private static JsonNode tree(@Nullable String json) {
        return JSON.readTree(json);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void theExamplesAreAnsweredAsWrittenOverTcp(String name, String message, String answer) throws Exception {
        try (Lines client = new Lines(servers.localAddress("rpc"))) {
            client.send(message);
            if (!answer.isEmpty()) {
                assertThat(tree(client.receive())).as(name).isEqualTo(tree(answer));
            }
            assertThat(client.ask(PING)).as("what follows " + name).isEqualTo(PONG);
            client.finish();
            assertThat(client.receive()).as("and nothing more").isNull();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void theExamplesAreAnsweredAsWrittenOverHttp(String name, String message, String answer) throws Exception {
        HttpResponse<String> response = post("application/json", message.getBytes(StandardCharsets.UTF_8));
        if (answer.isEmpty()) {
            assertThat(response.statusCode()).as(name).isEqualTo(204);
            assertThat(response.body()).isEmpty();
        } else {
            assertThat(response.statusCode()).as(name).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(tree(response.body())).as(name).isEqualTo(tree(answer));
        }
    }

    private HttpResponse<String> post(String type, byte[] body) throws Exception {
        return http.send(
                request(type).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String type) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/rpc"))
                .timeout(PATIENCE)
                .header("Content-Type", type);
    }

    private static byte[] echoOf(int bytes) {
        String frame = "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":[\"\"],\"id\":1}";
        return frame.replace("\"\"", "\"" + "x".repeat(bytes - frame.length()) + "\"")
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void aMessageOfOneMebibyteIsAnsweredAndOneByteMoreEndsTheConnection() throws Exception {
        try (Lines client = new Lines(servers.localAddress("rpc"))) {
            client.send(echoOf(RpcLimits.MESSAGE));
            client.send("");
            assertThat(client.receive()).startsWith("{\"jsonrpc\":\"2.0\",\"result\":[\"xxx");
            assertThat(client.ask(PING)).isEqualTo(PONG);
            sendAsFarAsItIsRead(client, echoOf(RpcLimits.MESSAGE + 1));
            assertThat(client.receive()).isNull();
        }
        await().atMost(PATIENCE)
                .until(() -> servers.server("rpc").stats().closed().get(CloseReason.FRAME_TOO_LARGE), is(1L));
    }

    /** A server that has given up reads on for a while, but not for ever. */
    private static void sendAsFarAsItIsRead(Lines client, byte[] line) {
        try {
            client.send(line);
            client.send("");
        } catch (UncheckedIOException cutOff) {
            assertThat(cutOff).hasCauseInstanceOf(SocketException.class);
        }
    }

    @Test
    void afterEachHostileMessageTheSameConnectionIsServed() throws Exception {
        try (Lines client = new Lines(servers.localAddress("rpc"))) {
            for (byte[] hostile : RpcDispatcherTest.notJson().toList()) {
                client.send(hostile);
                client.send("");
                assertThat(client.receive()).contains("\"code\":-32700,").endsWith("\"id\":null}");
                assertThat(client.ask(PING)).isEqualTo(PONG);
            }
        }
    }

    @Test
    void aBodyOfOneMebibyteIsAnsweredAndOneByteMoreIsTooLarge() throws Exception {
        assertThat(post("application/json", echoOf(RpcLimits.MESSAGE)).statusCode())
                .isEqualTo(200);
        assertThat(post("application/json", echoOf(RpcLimits.MESSAGE + 1)).statusCode())
                .isEqualTo(413);
        HttpRequest unannounced = request("application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(echoOf(RpcLimits.MESSAGE + 1))))
                .build();
        assertThat(http.send(unannounced, HttpResponse.BodyHandlers.ofString()).statusCode())
                .as("in chunks")
                .isEqualTo(413);
    }

    @Test
    void overHttpOnlyPostsOfJsonAreTaken() throws Exception {
        byte[] ping = PING.getBytes(StandardCharsets.UTF_8);
        assertThat(post("text/plain", ping).statusCode()).isEqualTo(415);
        assertThat(post("application/x-www-form-urlencoded", ping).statusCode()).isEqualTo(415);
        assertThat(http.send(request("application/json").GET().build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
        assertThat(post("application/json; charset=utf-8", ping).body()).isEqualTo(PONG);
    }

    @Test
    void answersKeepTheOrderOfTheRequestsThoughOneTakesLonger() throws Exception {
        try (Lines client = new Lines(servers.localAddress("rpc"))) {
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"countPrimes\",\"params\":[5000000],\"id\":1}\n" + PING + "\n"
                    + "[{\"jsonrpc\":\"2.0\",\"method\":\"countPrimes\",\"params\":{\"below\":10},\"id\":2}," + PING
                    + "]");
            assertThat(client.receive()).isEqualTo("{\"jsonrpc\":\"2.0\",\"result\":348513,\"id\":1}");
            assertThat(client.receive()).isEqualTo(PONG);
            assertThat(client.receive()).isEqualTo("[{\"jsonrpc\":\"2.0\",\"result\":4,\"id\":2}," + PONG + "]");
        }
    }

    @Test
    void whatTcpKeepsHttpFinds() throws Exception {
        try (Lines client = new Lines(servers.localAddress("rpc"))) {
            client.ask(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"setValue\",\"params\":{\"key\":\"k\",\"value\":[1.50,null]},\"id\":1}");
        }
        String get = "{\"jsonrpc\":\"2.0\",\"method\":\"getValue\",\"params\":[\"k\"],\"id\":2}";
        assertThat(post("application/json", get.getBytes(StandardCharsets.UTF_8))
                        .body())
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"result\":[1.50,null],\"id\":2}");
    }
}
