package http;

import io.millio.net.Connection;
import io.millio.net.Work;
import io.millio.net.WriteResult;
import io.millio.time.Timeout;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The conversation on one connection: one request after the other, each answered before the next is looked at. Owned by the connection's
 * callbacks, which never overlap.
 *
 * <p>Three things hold the next request up: an answer that is being fetched, a file that is being sent, and an output that is congested. So
 * however many requests a client sends ahead, it has one answer under way, one file open, and what was received behind it: the rest of
 * one piece and at most one more, and then the connection is paused. While anything is under way or waits, {@link Work} keeps a shutdown or
 * the end of the client's input from closing the connection before that is answered.
 */
final class Session {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final HttpHandler server;
    private final Connection connection;
    private final RequestParser parser = new RequestParser();

    /** Received and not looked at yet. */
    private ByteBuffer kept = NOTHING;

    private boolean paused;
    private boolean inputEnded;

    /** An answer is being fetched, or its file sent. */
    private boolean busy;

    private boolean congested;

    /** The last answer was given. */
    private boolean over;

    /** How many time-outs were not needed in the end: one that has come meanwhile knows by it that it is too late. */
    private long heads;

    private @Nullable Timeout headTimeout;
    private @Nullable Work work;
    private @Nullable CompletionStage<Reply> fetching;

    Session(HttpHandler server, Connection connection) {
        this.server = server;
        this.connection = connection;
    }

    // ---- input ------------------------------------------------------------------------------------------------------

    void received(ByteBuffer data) {
        if (busy || kept.hasRemaining()) {
            keep(data);
            paused = true;
            connection.pauseReading();
        } else {
            take(data);
        }
    }

    void writable() {
        congested = false;
        goOn();
    }

    private void goOn() {
        take(kept);
        if (paused && !busy && !kept.hasRemaining()) {
            paused = false;
            connection.resumeReading();
        }
    }

    private void take(ByteBuffer data) {
        while (data.hasRemaining() && !busy && !congested && !over) {
            Parsed parsed = parser.parse(data);
            if (parsed != null) {
                cancelTimeout();
                answer(parsed);
            }
        }
        if (over || !data.hasRemaining()) {
            kept = NOTHING;
        } else if (data != kept) {
            keep(data);
        }
        if (!parser.isMidRequest()) {
            cancelTimeout();
        } else if (inputEnded) {
            send(server.replies().refusal(parser.refuse(400, "the connection was closed in the midst of the request")));
        } else {
            armTimeout();
        }
        holdOrRelease();
    }

    private void keep(ByteBuffer data) {
        if (!over) {
            kept = ByteBuffer.allocate(kept.remaining() + data.remaining())
                    .put(kept)
                    .put(data)
                    .flip();
        }
    }

    private void holdOrRelease() {
        boolean owes = busy || kept.hasRemaining();
        if (owes && work == null) {
            work = connection.beginWork();
        } else if (!owes && work != null) {
            work.close();
            work = null;
        }
    }

    /** Half a request is refused, so that a client that only stops sending learns what became of it. */
    void inputClosed() {
        inputEnded = true;
        take(kept);
        connection.close();
    }

    void closed() {
        cancelTimeout();
        if (fetching != null) {
            CompletionStage<Void> unused = fetching.thenAccept(Reply::close);
        }
    }

    // ---- answers ----------------------------------------------------------------------------------------------------

    private void answer(Parsed parsed) {
        if (parsed instanceof Refusal refusal) {
            send(server.replies().refusal(refusal));
            return;
        }
        Request request = (Request) parsed;
        String path = PathResolver.normalise(request.path());
        if (path == null) {
            send(server.replies()
                    .refusal(new Refusal(400, "the path leaves the root, or has what no name has", request.isHead())));
            return;
        }
        Reply computed = server.computed(request, path);
        if (computed != null) {
            send(computed);
        } else {
            fetch(request, path);
        }
    }

    private void fetch(Request request, String path) {
        try {
            CompletionStage<Reply> reply = server.fetch(request, path);
            busy = true;
            fetching = reply;
            CompletionStage<Reply> unused =
                    reply.whenComplete((found, error) -> connection.execute(() -> fetched(found, error)));
        } catch (RejectedExecutionException full) {
            send(server.replies()
                    .refusal(new Refusal(503, "too many files are asked for; try again later", request.isHead())));
        }
    }

    private void fetched(@Nullable Reply reply, @Nullable Throwable error) {
        fetching = null;
        busy = false;
        if (reply == null) {
            throw new CompletionException("a file could not be looked for", error);
        }
        send(reply);
        goOn();
    }

    private void send(Reply reply) {
        WriteResult result = connection.write(reply.head());
        if (result == WriteResult.REJECTED) {
            reply.close();
            over = true;
            return;
        }
        congested = result == WriteResult.CONGESTED;
        if (reply.file() != null) {
            busy = true;
            CompletionStage<Void> unused = connection
                    .transferFrom(reply.file(), 0, reply.fileBytes())
                    .whenComplete((sent, error) -> {
                        reply.close();
                        connection.execute(this::fileSent);
                    });
        }
        if (reply.last()) {
            over = true;
            connection.close();
        }
    }

    private void fileSent() {
        busy = false;
        goOn();
    }

    // ---- the time for one head --------------------------------------------------------------------------------------

    /** From the first byte of a request that did not come whole; what follows it changes nothing. */
    private void armTimeout() {
        if (headTimeout == null && !over) {
            long head = heads;
            // A probe reads what has come by now before it says anything, so a late process does not blame its clients.
            headTimeout = server.headTimeout(() -> connection.probe(silent -> headTimedOut(head)));
        }
    }

    private void headTimedOut(long head) {
        if (head == heads && !over) {
            send(server.replies().refusal(parser.refuse(408, "the head of the request did not come in time")));
        }
    }

    private void cancelTimeout() {
        if (headTimeout != null) {
            headTimeout.cancel();
            headTimeout = null;
            heads++;
        }
    }
}
