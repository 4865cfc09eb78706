package http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n";

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Parsed parse(String text) {
        return new RequestParser().parse(bytes(text));
    }

    private static Request request(String text) {
        assertThat(parse(text)).as(text).isInstanceOf(Request.class);
        return (Request) parse(text);
    }

    /** All that comes of the bytes, given in two pieces. */
    private static List<Parsed> parseCut(ByteBuffer whole, int cut) {
        RequestParser parser = new RequestParser();
        List<Parsed> parsed = new ArrayList<>();
        parseAll(parser, whole.duplicate().limit(cut), parsed);
        parseAll(parser, whole.duplicate().position(cut), parsed);
        return parsed;
    }

    private static void parseAll(RequestParser parser, ByteBuffer piece, List<Parsed> parsed) {
        boolean refused = !parsed.isEmpty() && parsed.get(parsed.size() - 1) instanceof Refusal;
        while (piece.hasRemaining() && !refused) {
            Parsed next = parser.parse(piece);
            if (next != null) {
                parsed.add(next);
            }
            refused = next instanceof Refusal;
        }
    }

    // ---- what is refused --------------------------------------------------------------------------------------------

    static Stream<MalformedRequests.Case> malformed() {
        return MalformedRequests.all().stream();
    }

    @Test
    void theTableIsAsLongAsItShouldBe() {
        assertThat(malformed()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(malformed().map(MalformedRequests.Case::name)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void whatIsMalformedIsRefusedOnceHoweverItIsCut(MalformedRequests.Case malformed) {
        ByteBuffer bytes = malformed.bytes();
        int step = Math.max(1, bytes.remaining() / 50);
        for (int cut = 0; cut <= bytes.remaining(); cut += step) {
            List<Parsed> parsed = parseCut(bytes, cut);
            assertThat(parsed).as("cut at " + cut).hasSize(1);
            assertThat(parsed.get(0)).as("cut at " + cut).isInstanceOf(Refusal.class);
            assertThat(((Refusal) parsed.get(0)).status()).as("cut at " + cut).isEqualTo(malformed.status());
        }
    }

    @Test
    void aRefusalOfHeadSaysSo() {
        assertThat(parse("HEAD / HTTP/1.1\r\n\r\n"))
                .isEqualTo(new Refusal(400, "HTTP/1.1 demands the field Host", true));
        assertThat(((Refusal) parse("GET /a b")).isHead()).isFalse();
    }

    @Test
    void nothingIsReadBehindARefusal() {
        RequestParser parser = new RequestParser();
        assertThat(parser.parse(bytes("GET  "))).isInstanceOf(Refusal.class);
        assertThat(parser.isMidRequest()).isFalse();
        assertThatThrownBy(() -> parser.parse(bytes(GET))).isInstanceOf(IllegalStateException.class);
    }

    // ---- what is not refused ----------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a",
                "/a/b/",
                "//",
                "/a//b",
                "/.",
                "/..",
                "/%00",
                "/%2e%2E/",
                "/a%20b",
                "/-._~!$&'()*+,;=:@",
                "/?",
                "/?a=b&c",
                "/a?b?c/d",
                "/?q=%7B%22a%22%7D",
                "/;a=b",
                "/@"
            })
    void pathsOfRfc3986AreTaken(String target) {
        String path = target.contains("?") ? target.substring(0, target.indexOf('?')) : target;
        assertThat(request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").path())
                .isEqualTo(path);
    }

    @Test
    void absoluteUrisAreTaken() {
        String[][] pathOfTarget = {
            {"http://a", "/"},
            {"http://a/", "/"},
            {"HTTP://A/b?c", "/b"},
            {"http://a?c", "/"},
            {"http://a:80/b", "/b"},
            {"http://[::1]:80/b", "/b"},
            {"http://a:/b", "/b"}
        };
        for (String[] pair : pathOfTarget) {
            assertThat(request("GET " + pair[0] + " HTTP/1.1\r\nHost: other\r\n\r\n")
                            .path())
                    .as(pair[0])
                    .isEqualTo(pair[1]);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host:a",
                "host: a",
                "HOST:\t a \t",
                "Host: a:80",
                "Host: a:",
                "Host: 127.0.0.1:65535",
                "Host: [::1]",
                "Host: [::ffff:127.0.0.1]:80",
                "Host: a_b-c.d~e",
                "Host: %41"
            })
    void hostsAreTaken(String host) {
        request("GET / HTTP/1.1\r\n" + host + "\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X:",
                "X: ",
                "X:\t a\tb \t",
                "X: \u00e4\u00ff",
                "X: a: b: c",
                "!#$%&'*+-.^_`|~0aZ: a",
                "Content-Length: 0",
                "Content-Length: 000",
                "Expect: 100-continue",
                "Expect: 100-Continue",
                "Upgrade: h2c",
                "Cookie: a=\"b\"",
                "Range: bytes=0-1",
                "Content-Lengthx: 5",
                "Transfer-Encodings: chunked",
                "Connection: close, , x",
                "If-Modified-Since: never"
            })
    void fieldsAreTaken(String field) {
        request(GET + field + "\r\n\r\n");
    }

    @Test
    void oneEmptyLineBeforeARequestIsPassedOver() {
        request("\r\n" + GET + "\r\n");
        RequestParser parser = new RequestParser();
        ByteBuffer in = bytes("\r\n" + GET + "\r\n\r\n" + GET + "\r\n\r\n");
        assertThat(parser.parse(in)).isInstanceOf(Request.class);
        assertThat(parser.parse(in)).isInstanceOf(Request.class);
        assertThat(parser.parse(in)).isNull();
        assertThat(parser.isMidRequest()).as("behind an empty line").isFalse();
    }

    @Test
    void whatIsAtALimitIsTaken() {
        int target = RequestParser.MAX_LINE - "GET / HTTP/1.1".length();
        String line = "GET /" + "a".repeat(target) + " HTTP/1.1\r\n";
        String host = "Host: a\r\n";
        assertThat(request(line + host + "\r\n").path()).hasSize(target + 1);
        request("GET / HTTP/1.1\r\n" + host + MalformedRequests.sized(RequestParser.MAX_FIELD_BYTES - host.length())
                + "\r\n\r\n");
        request(GET + "X: a\r\n".repeat(RequestParser.MAX_FIELDS - 1) + "\r\n");
    }

    @Test
    void limitsHoldForEachRequestAndNotForTheirSum() {
        String large = "GET /" + "a".repeat(8000) + " HTTP/1.1\r\nHost: a\r\nX: " + "b".repeat(16000) + "\r\n"
                + "Y: c\r\n".repeat(50) + "\r\n";
        ByteBuffer in = bytes(large.repeat(3));
        RequestParser parser = new RequestParser();
        for (int i = 0; i < 3; i++) {
            assertThat(parser.parse(in)).isInstanceOf(Request.class);
        }
    }

    // ---- what a request says ----------------------------------------------------------------------------------------

    @Test
    void connectionsStayOpenAsTheVersionAndTheFieldSay() {
        assertThat(request(GET + "\r\n").keepAlive()).isTrue();
        assertThat(request(GET + "Connection: close\r\n\r\n").keepAlive()).isFalse();
        assertThat(request(GET + "Connection: x, Close\r\n\r\n").keepAlive()).isFalse();
        assertThat(request(GET + "Connection: closed\r\n\r\n").keepAlive()).isTrue();
        assertThat(request(GET + "Connection: keep-alive\r\nConnection: close\r\n\r\n")
                        .keepAlive())
                .isFalse();
        assertThat(request("GET / HTTP/1.0\r\n\r\n").keepAlive()).isFalse();
        assertThat(request("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keepAlive())
                .isTrue();
        assertThat(request("GET / HTTP/1.0\r\nExpect: miracles\r\n\r\n").minorVersion())
                .isZero();
        assertThat(request("GET / HTTP/1.9\r\nHost: a\r\n\r\n").keepAlive()).isTrue();
    }

    @Test
    void aDateIsPassedOnUnlessATagIsAskedForInstead() {
        String date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assertThat(request(GET + "If-Modified-Since: " + date + " \r\n\r\n").ifModifiedSince())
                .isEqualTo(date);
        assertThat(request(GET + "If-Modified-Since: " + date + "\r\nIf-None-Match: \"a\"\r\n\r\n")
                        .ifModifiedSince())
                .isNull();
        assertThat(request(GET + "\r\n").ifModifiedSince()).isNull();
    }

    @Test
    void headIsToldFromGet() {
        assertThat(request("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n").isHead()).isTrue();
        assertThat(request(GET + "\r\n").isHead()).isFalse();
    }

    // ---- many -------------------------------------------------------------------------------------------------------

    @Test
    void aHundredRequestsAreTheSameHoweverTheyAreCut() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            text.append(i % 3 == 0 ? "HEAD" : "GET").append(" /").append(i).append(" HTTP/1.1\r\nHost: a\r\n");
            text.append(i % 5 == 0 ? "Connection: close\r\n\r\n" : "\r\n");
        }
        ByteBuffer whole = bytes(text.toString());
        List<Parsed> expected = parseCut(whole, whole.limit());
        assertThat(expected).hasSize(100).allMatch(Request.class::isInstance);
        assertThat(expected.get(99)).isEqualTo(new Request(true, "/99", 1, true, null));
        for (int cut = 0; cut <= whole.limit(); cut++) {
            assertThat(parseCut(whole, cut).equals(expected))
                    .as("cut at " + cut)
                    .isTrue();
        }
    }

    @Test
    void noBytesMakeItThrowAndNoCutChangesItsMind() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<MalformedRequests.Case> cases = MalformedRequests.all().stream()
                .filter(one -> one.text().length() < 1000)
                .toList();
        for (int n = 0; n < 10_000; n++) {
            byte[] bytes = (GET + "\r\n"
                            + cases.get(random.nextInt(cases.size())).text())
                    .getBytes(StandardCharsets.ISO_8859_1);
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt(256) : '\r');
            }
            ByteBuffer whole = ByteBuffer.wrap(bytes);
            assertThat(parseCut(whole, random.nextInt(bytes.length)).equals(parseCut(whole, bytes.length)))
                    .as("seed " + seed + ", round " + n)
                    .isTrue();
        }
    }
}
