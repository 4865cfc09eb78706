package http;

import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.TcpServer;
import io.millio.testkit.Peer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server of the example's kind in this process, and clients that take its answers apart. Owned by one test. */
final class HttpServing implements AutoCloseable {
    /** An answer; the body as ISO 8859-1. */
    record Answer(int status, String head, String body) {
        @Nullable
        String field(String name) {
            return head.lines()
                    .filter(line -> line.startsWith(name + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElse(null);
        }
    }

    final AtomicInteger errors = new AtomicInteger();
    final EventLoop loop;
    final TcpServer server;

    HttpServing(Dispatch dispatch, @Nullable Path root, Duration headTimeout) throws IOException {
        loop = EventLoop.builder()
                .dispatch(dispatch)
                .errorListener((source, error) -> errors.incrementAndGet())
                .build();
        server = TcpServer.builder(loop)
                .bind("127.0.0.1", 0)
                .idleTimeout(Duration.ofMinutes(5))
                .handler(new HttpHandler(loop, dispatch, root == null ? null : new PathResolver(root), headTimeout))
                .start();
    }

    HttpServing(Dispatch dispatch, @Nullable Path root) throws IOException {
        this(dispatch, root, Duration.ofMinutes(1));
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    Peer connect() {
        return Peer.connect(address());
    }

    /** What one request gets on a connection of its own, which has to end then; more than one answer is more than one in the list. */
    List<Answer> exchange(byte[] request) {
        try (Peer peer = connect()) {
            peer.send(request);
            return answers(peer.receiveToEnd(), request[0] == 'H');
        }
    }

    Answer get(String target, String... fields) {
        return only("GET", target, fields);
    }

    Answer only(String method, String target, String... fields) {
        StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: a\r\n");
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        List<Answer> answers =
                exchange(request.append("Connection: close\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        if (answers.size() != 1) {
            throw new AssertionError("one answer was expected, not " + answers);
        }
        return answers.get(0);
    }

    /** All answers in bytes that end with the last of them. */
    static List<Answer> answers(byte[] bytes, boolean ofHead) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<Answer> answers = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            Answer answer = answer(text, from, ofHead);
            answers.add(answer);
            from += answer.head().length() + answer.body().length();
        }
        return answers;
    }

    private static Answer answer(String text, int from, boolean ofHead) {
        int end = text.indexOf("\r\n\r\n", from) + 4;
        if (end < 4 || !text.startsWith("HTTP/1.1 ", from)) {
            throw new AssertionError("no head of an answer at " + from + " in: " + text);
        }
        int status = Integer.parseInt(text, from + 9, from + 12, 10);
        Answer bare = new Answer(status, text.substring(from, end), "");
        String length = bare.field("Content-Length");
        boolean bodiless = ofHead || status == 304;
        int body = bodiless || length == null ? 0 : Integer.parseInt(length);
        return new Answer(status, bare.head(), text.substring(end, end + body));
    }

    /** One answer from a connection that stays. */
    static Answer receive(Peer peer, boolean ofHead) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.writeBytes(peer.receive(1));
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        Answer bare = answer(text, 0, true);
        String length = bare.field("Content-Length");
        boolean bodiless = ofHead || bare.status() == 304 || length == null;
        return bodiless
                ? bare
                : new Answer(
                        bare.status(),
                        text,
                        new String(peer.receive(Integer.parseInt(length)), StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
        loop.close();
    }
}
