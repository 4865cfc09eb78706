package io.millio.sample.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked, and what is no question. */
class RpcDispatcherTest extends DispatcherFixture {
    private static final String PARSE_ERROR =
            "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse error\"";
    private static final String INVALID =
            "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"Invalid Request\"";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "0",
                "-7",
                "-0",
                "1.0",
                "1.50",
                "-0.0",
                "1e2",
                "1E+2",
                "12345678901234567890",
                "0.1000000000000000000000001",
                "null",
                "''",
                "'1'",
                "'null'",
                "'\\\\u0000'",
                "'é€😀'",
                "'a\\\\'b\\\\\\\\'"
            })
    void anIdComesBackAsItWas(String id) throws Exception {
        String written = id.replace('\'', '"').replace("\\\\", "\\");
        String answer = dispatch(("{\"id\":" + written + ",\"method\":\"nothing\",\"jsonrpc\":\"2.0\"}")
                .getBytes(StandardCharsets.UTF_8));
        assertThat(answer).isEqualTo("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":" + written + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false", "[]", "{}", "[1]", "{'a':1}"})
    void anIdOfAnotherTypeIsAnInvalidRequestOfNobody(String id) throws Exception {
        assertThat(dispatch("{'jsonrpc':'2.0','method':'count','id':" + id + "}"))
                .startsWith(INVALID)
                .endsWith("\"id\":null}");
        assertThat(Methods.CALLS).as("nothing was called").hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'jsonrpc':'2.0','id':7}",
                "{'jsonrpc':'2.0','method':1,'id':7}",
                "{'jsonrpc':'2.0','method':null,'id':7}",
                "{'jsonrpc':'1.0','method':'count','id':7}",
                "{'jsonrpc':2.0,'method':'count','id':7}",
                "{'method':'count','id':7}",
                "{'jsonrpc':'2.0','method':'count','params':'x','id':7}",
                "{'jsonrpc':'2.0','method':'count','params':null,'id':7}",
                "{'jsonrpc':'2.0','method':'count','params':1,'id':7}"
            })
    void anInvalidRequestWithAnIdIsAnsweredUnderIt(String request) throws Exception {
        assertThat(dispatch(request)).startsWith(INVALID).endsWith("\"id\":7}");
        assertThat(dispatch(request.replace(",'id':7", "").replace("'id':7", "'x':7")))
                .as("without an id it cannot be told from a request")
                .startsWith(INVALID)
                .endsWith("\"id\":null}");
        assertThat(Methods.CALLS).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'jsonrpc':'2.0','method':'count'}",
                "{'jsonrpc':'2.0','method':'fails'}",
                "{'jsonrpc':'2.0','method':'refuses'}",
                "{'jsonrpc':'2.0','method':'failsLater'}",
                "{'jsonrpc':'2.0','method':'busy'}",
                "{'jsonrpc':'2.0','method':'unknown'}",
                "{'jsonrpc':'2.0','method':'number','params':['x']}",
                "[{'jsonrpc':'2.0','method':'fails'},{'jsonrpc':'2.0','method':'unknown'}]"
            })
    void aNotificationIsNeverAnswered(String notification) throws Exception {
        assertThat(dispatch(notification)).isNull();
    }

    static Stream<byte[]> notJson() {
        byte[] overlong = request("\u0001\u0002").getBytes(StandardCharsets.ISO_8859_1);
        return Stream.of(
                bytes(""),
                bytes("   "),
                bytes("{"),
                bytes("[1"),
                bytes("[1,]"),
                bytes("{\"a\":1,}"),
                bytes("{'jsonrpc':'2.0'}"),
                bytes("NaN"),
                bytes("01"),
                bytes("/* */ 1"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\"} x"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\"}{\"jsonrpc\":\"2.0\",\"method\":\"count\"}"),
                bytes("[".repeat(100_000)),
                bytes("{\"a\":".repeat(100_000)),
                bytes("[".repeat(100_000) + "]".repeat(100_000)),
                bytes(request("\\ud800")),
                bytes(request("\\udc00\\ud800")),
                bytes(request("x\\udbff")),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"\\ud800\":1}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"params\":[1e1000000000]}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"params\":[1e-1000000000]}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"params\":[1e99999999999999999999]}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"id\":1e1001}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"other\":" + "9".repeat(1001) + "}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"params\":[0." + "9".repeat(1000) + "]}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"method\":\"count\"}"),
                bytes("{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"params\":{\"a\":1,\"\\u0061\":2}}"),
                replaced(overlong, 0xC0, 0xAF),
                replaced(overlong, 0xFF, 0x20),
                replaced(overlong, 0xC3, 0x20),
                replaced(request("\u0001\u0002\u0003").getBytes(StandardCharsets.ISO_8859_1), 0xED, 0xA0, 0x80),
                replaced(
                        request("\u0001\u0002\u0003\u0004").getBytes(StandardCharsets.ISO_8859_1),
                        0xF5,
                        0x80,
                        0x80,
                        0x80),
                "{\"jsonrpc\":\"2.0\",\"method\":\"count\"}".getBytes(StandardCharsets.UTF_16),
                "{\"jsonrpc\":\"2.0\",\"method\":\"count\"}".getBytes(StandardCharsets.UTF_16LE),
                bytes("\uFEFF{\"jsonrpc\":\"2.0\",\"method\":\"count\"}"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String request(String text) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"count\",\"params\":[\"" + text + "\"]}";
    }

    /** Puts bytes in place of the control characters 1, 2 and so on. */
    private static byte[] replaced(byte[] template, int... with) {
        byte[] bytes = template.clone();
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] >= 1 && bytes[i] <= with.length) {
                bytes[i] = (byte) with[bytes[i] - 1];
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("notJson")
    void whatIsNotJsonOrBeyondTheLimitsIsAParseErrorAndNothingIsCalled(byte[] message) throws Exception {
        assertThat(dispatch(message))
                .startsWith(PARSE_ERROR)
                .endsWith("\"id\":null}")
                .doesNotContain("jackson", "Exception", "Feature", "Constraints", "java");
        assertThat(Methods.CALLS).hasValue(0);
        assertThat(call("count", "[]")).isEqualTo(result("1"));
    }

    @Test
    void theLimitsThemselvesAreAllowed() throws Exception {
        assertThat(call("echo", "[".repeat(63) + "]".repeat(63))).isEqualTo(result("[".repeat(63) + "]".repeat(63)));
        assertThat(call("echo", "[".repeat(64) + "]".repeat(64))).startsWith(PARSE_ERROR);
        String number = "9".repeat(RpcLimits.NUMBER);
        assertThat(call("echo", "[" + number + "]")).isEqualTo(result("[" + number + "]"));
        assertThat(call("echo", "[1E+1000]")).isEqualTo(result("[1E+1000]"));
        String id = "\"" + "i".repeat(RpcLimits.ID) + "\"";
        assertThat(dispatch("{'jsonrpc':'2.0','method':'nothing','id':" + id + "}"))
                .endsWith("\"id\":" + id + "}");
        assertThat(dispatch("{'jsonrpc':'2.0','method':'nothing','id':'i" + id.substring(1) + "}"))
                .startsWith(INVALID)
                .endsWith("\"id\":null}");
    }

    private static String batch(int requests, String method) {
        return IntStream.range(0, requests)
                .mapToObj(i -> "{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"id\":" + i + "}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void aBatchHasAtMostAHundredRequests() throws Exception {
        assertThat(dispatch(batch(RpcLimits.BATCH, "count")))
                .startsWith("[{\"jsonrpc\":\"2.0\",\"result\":1,\"id\":0},")
                .endsWith(",{\"jsonrpc\":\"2.0\",\"result\":100,\"id\":99}]");
        assertThat(dispatch(batch(RpcLimits.BATCH + 1, "count")))
                .startsWith(INVALID)
                .endsWith("\"id\":null}");
        assertThat(Methods.CALLS).hasValue(100);
    }

    @Test
    void anAnswerIsNoLargerThanAMessageMayBe() throws Exception {
        assertThat(call("large", "[" + (2 * RpcLimits.MESSAGE) + "]"))
                .contains("\"code\":-32001,")
                .hasSizeLessThan(200);
        String large = "{'jsonrpc':'2.0','method':'large','params':[300000],'id':'" + "i".repeat(1000) + "'}";
        String answer = dispatch("[" + (large + ",").repeat(99) + large + "]");
        assertThat(answer)
                .hasSizeLessThanOrEqualTo(RpcLimits.MESSAGE)
                .startsWith("[{")
                .endsWith("}]");
        assertThat(answer.split("\"result\":\"xxx", -1)).as("as many as fit").hasSize(1 + 3);
        assertThat(answer.split("\"code\":-32001,", -1)).hasSize(1 + 97);
    }
}
