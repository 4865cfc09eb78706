package http;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import http.HttpServing.Answer;
import io.millio.loop.Dispatch;
import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The example's server as its clients see it, well-behaved ones and others. */
class HttpServerTest {
    private static final String GET = " HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final int LARGE = 3_000_000;

    @TempDir
    private static Path directory;

    private static Path root;

    @BeforeAll
    static void makeTree() throws Exception {
        root = TraversalPaths.makeTree(directory);
        byte[] large = new byte[LARGE];
        new Random(1).nextBytes(large);
        Files.write(root.resolve("large.bin"), large);
        Files.setLastModifiedTime(root.resolve("a.txt"), FileTime.from(Instant.parse("1994-11-06T08:49:37.5Z")));
        Files.writeString(root.resolve("empty"), "");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    // ---- what is asked for ------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void filesAreServedWithTheirTypeAndDate(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            Answer text = http.get("/a.txt?x");
            assertThat(text.status()).isEqualTo(200);
            assertThat(text.body()).isEqualTo("the letter a\n");
            assertThat(text.field("Content-Type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(text.field("Last-Modified")).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
            assertThat(text.field("Connection")).isEqualTo("close");
            assertThat(HttpDate.parse(text.field("Date")))
                    .isBetween(Instant.now().minusSeconds(30), Instant.now());
            assertThat(http.get("/large.bin").body().getBytes(StandardCharsets.ISO_8859_1))
                    .isEqualTo(Files.readAllBytes(root.resolve("large.bin")));
            assertThat(http.get("/large.bin").field("Content-Type")).isEqualTo("application/octet-stream");
            assertThat(http.get("/empty").field("Content-Length")).isEqualTo("0");
            assertThat(http.get("/sub/").field("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(http.get("/sub").field("Location")).isEqualTo("/sub/");
            assertThat(http.get("http://b//c/../../sub").status()).isEqualTo(400);
            assertThat(http.get("/none").status()).isEqualTo(404);
            assertThat(http.get("http://b/a.txt").status()).isEqualTo(200);
            assertThat(http.errors).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void headGetsTheHeadOfGetAndNothingElse(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            for (String target : List.of("/", "/a.txt", "/none", "/sub", "/empty", "/%00")) {
                String got = http.get(target).head().replaceAll("Date: .*", "");
                assertThat(http.only("HEAD", target).head().replaceAll("Date: .*", ""))
                        .isEqualTo(got);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void whatHasNotChangedIsNotSentAgain(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            for (String same : List.of(
                    "Sun, 06 Nov 1994 08:49:37 GMT",
                    "Sunday, 06-Nov-94 08:49:37 GMT",
                    "Sun Nov  6 08:49:37 1994",
                    "Mon, 07 Nov 1994 08:49:37 GMT")) {
                Answer answer = http.get("/a.txt", "If-Modified-Since: " + same);
                assertThat(answer.status()).as(same).isEqualTo(304);
                assertThat(answer.field("Last-Modified")).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
                assertThat(answer.field("Content-Length")).isNull();
            }
            for (String other :
                    List.of("Sun, 06 Nov 1994 08:49:36 GMT", "yesterday", "Sun, 31 Feb 1994 08:49:37 GMT")) {
                assertThat(http.get("/a.txt", "If-Modified-Since: " + other).status())
                        .as(other)
                        .isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void theComputedPagesAreServedWithAndWithoutFiles(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, null)) {
            assertThat(http.get("/").body()).contains("/stats");
            assertThat(http.get("/%73tats?a=b").body()).matches("\\{(\"\\w+\":\\d+,?)+}\n");
            assertThat(http.get("/stats").body()).contains("\"reactors\":1,").contains("\"errors\":0}");
            assertThat(http.get("/a.txt").status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void aConnectionStaysForAsLongAsTheClientWantsIt(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root);
                Peer modern = http.connect();
                Peer old = http.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(HttpServing.receive(modern.send("GET /a.txt" + GET), false)
                                .body())
                        .isEqualTo("the letter a\n");
                assertThat(HttpServing.receive(modern.send("HEAD /none" + GET), true)
                                .status())
                        .isEqualTo(404);
                Answer answer =
                        HttpServing.receive(old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), false);
                assertThat(answer.field("Connection")).isEqualTo("keep-alive");
            }
            assertThat(HttpServing.receive(old.send("GET /a.txt HTTP/1.0\r\n\r\n"), false)
                            .field("Connection"))
                    .isEqualTo("close");
            assertThat(old.receiveToEnd()).isEmpty();
        }
    }

    // ---- what nobody should ask for ---------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void whatIsMalformedGetsOneAnswerAndTheEnd(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            for (MalformedRequests.Case malformed : MalformedRequests.all()) {
                // Read by nobody: a server that closed with it unread would reset the answer away.
                byte[] request = bytes(malformed.text() + "x".repeat(100_000));
                List<Answer> answers = http.exchange(request);
                assertThat(answers).as(malformed.name()).hasSize(1);
                assertThat(answers.get(0).status()).as(malformed.name()).isEqualTo(malformed.status());
                assertThat(answers.get(0).field("Connection"))
                        .as(malformed.name())
                        .isEqualTo("close");
                assertThat(answers.get(0).field("Allow"))
                        .as(malformed.name())
                        .isEqualTo(malformed.status() == 405 ? "GET, HEAD" : null);
            }
            assertThat(http.errors).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void nothingOutsideTheRootIsServed(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            for (TraversalPaths.Case hostile : TraversalPaths.all()) {
                Answer answer = http.get(hostile.path());
                assertThat(answer.status()).as(hostile.path()).isEqualTo(hostile.status());
                assertThat(answer.body()).as(hostile.path()).doesNotContain("SECRET");
                assertThat(answer.field("Connection")).as(hostile.path()).isEqualTo("close");
            }
            List<Answer> refused = http.exchange(bytes("GET /%2e%2e/secret" + GET + "GET /a.txt" + GET));
            assertThat(refused).as("closed though the client would stay").hasSize(1);
            assertThat(http.errors).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void requestsBeforeAMalformedOneAreAnsweredAndThoseBehindItAreNot(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            String get = "GET /a.txt" + GET;
            List<Answer> answers = http.exchange(bytes(get + get + "GET / HTTP/1.1\r\n\r\n" + get));
            assertThat(answers).extracting(Answer::status).containsExactly(200, 200, 400);
            List<Answer> last =
                    http.exchange(bytes(get + "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get));
            assertThat(last).extracting(Answer::status).containsExactly(200, 200);
        }
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void aHeadThatTricklesInHasNoMoreTimeThanOneThatStops(Dispatch dispatch) throws Exception {
        ScheduledExecutorService dripping = Executors.newSingleThreadScheduledExecutor();
        try (HttpServing http = new HttpServing(dispatch, root, Duration.ofMillis(300));
                Peer quiet = http.connect();
                Peer trickling = http.connect()) {
            HttpServing.receive(quiet.send("\r\nGET /a.txt" + GET + "\r\n"), false);
            HttpServing.receive(trickling.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nG"), false);
            Future<?> drip =
                    dripping.scheduleAtFixedRate(() -> trickling.sendWhileOpen(bytes("A"), 1), 0, 20, MILLISECONDS);
            List<Answer> answers = HttpServing.answers(trickling.receiveToEnd(), false);
            drip.cancel(true);
            assertThat(answers).extracting(Answer::status).containsExactly(408);
            assertThat(HttpServing.receive(quiet.send("GET /a.txt" + GET), false)
                            .status())
                    .as("the time between requests does not count")
                    .isEqualTo(200);
        } finally {
            dripping.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void halfARequestIsRefusedWhenTheClientHasFinished(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            try (Peer peer = http.connect()) {
                peer.send("GET /a.txt" + GET + "GET / HTTP/1.1\r\nHost:").finish();
                assertThat(HttpServing.answers(peer.receiveToEnd(), false))
                        .extracting(Answer::status)
                        .containsExactly(200, 400);
            }
            try (Peer peer = http.connect()) {
                peer.send("GET / HTTP/1.1\r\nHost:").finish();
                assertThat(HttpServing.answers(peer.receiveToEnd(), false))
                        .extracting(Answer::status)
                        .containsExactly(400);
            }
            try (Peer peer = http.connect()) {
                assertThat(peer.finish().receiveToEnd()).isEmpty();
            }
        }
    }

    // ---- pipelining -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void aHundredRequestsInOneSegmentAreAnsweredInOrder(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root);
                Peer peer = http.connect()) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                requests.append("GET ").append(target(i)).append(GET);
            }
            peer.send(requests.toString());
            for (int i = 0; i < 100; i++) {
                assertThat(HttpServing.receive(peer, false).status())
                        .as("answer " + i)
                        .isEqualTo(status(i));
            }
            peer.send(requests.toString()).finish();
            assertThat(HttpServing.answers(peer.receiveToEnd(), false)).hasSize(100);
        }
    }

    private static String target(int i) {
        return new String[] {"/", "/a.txt", "/none", "/sub", "/empty"}[i % 5];
    }

    private static int status(int i) {
        return new int[] {200, 200, 404, 301, 200}[i % 5];
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void aHundredRequestsCutAtEveryByteAreAnsweredInOrder(Dispatch dispatch) throws Exception {
        byte[] whole = bytes(("HEAD / HTTP/1.1\r\nHost:a\r\n\r\n").repeat(100));
        int each = whole.length / 100;
        try (HttpServing http = new HttpServing(dispatch, root);
                Peer peer = http.connect()) {
            int answer =
                    HttpServing.receive(peer.send("HEAD /" + GET), true).head().length();
            // Workers take longer, and the parser is the same.
            int step = dispatch == Dispatch.DIRECT ? 1 : 11;
            for (int cut = 1; cut < whole.length; cut += step) {
                // What the first piece asks for is answered before the second is sent, so the pieces stay apart.
                peer.send(Arrays.copyOf(whole, cut));
                peer.receive(answer * (cut / each));
                peer.send(Arrays.copyOfRange(whole, cut, whole.length));
                byte[] rest = peer.receive(answer * (100 - cut / each));
                assertThat(rest[rest.length - 1]).as("cut at " + cut).isEqualTo((byte) '\n');
            }
            assertThat(HttpServing.receive(peer.send("GET /a.txt" + GET), false).body())
                    .isEqualTo("the letter a\n");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void whoAsksForEverythingAndReadsNothingGetsOneFileOpened(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root);
                Peer peer = http.connect()) {
            peer.send(("GET /large.bin" + GET).repeat(1000));
            for (int i = 0; i < 10; i++) {
                assertThat(HttpServing.receive(peer, false).body()).hasSize(LARGE);
                assertThat(filesOpen()).isLessThanOrEqualTo(1);
            }
            peer.reset();
            Await.until("the file is closed", () -> filesOpen() == 0);
        }
    }

    /** Of those that are served; known on Linux only. */
    private static long filesOpen() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(descriptors)) {
            return open.filter(HttpServerTest::isServed).count();
        }
    }

    private static boolean isServed(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).endsWith("large.bin");
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "WORKERS"})
    void aShutdownAnswersWhatWasReceived(Dispatch dispatch) throws Exception {
        try (HttpServing http = new HttpServing(dispatch, root)) {
            CompletionStage<?> drained;
            try (Peer peer = http.connect()) {
                HttpServing.receive(peer.send("GET /" + GET), false);
                peer.send(("GET /large.bin" + GET).repeat(5));
                drained = http.loop.shutdown(Duration.ofSeconds(20));
                assertThat(HttpServing.answers(peer.receiveToEnd(), false))
                        .hasSize(5)
                        .allMatch(answer -> answer.body().length() == LARGE);
            }
            Await.result("the drain", drained);
        }
    }
}
