package http;

import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.time.Timeout;
import io.millio.work.Priority;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Serves HTTP/1.1 on the connections of a server: files below a root, a text at {@code /}, and figures of the loop at {@code /stats}. One
 * object for all connections; what belongs to one is its {@link Session}.
 *
 * <p>It does not do: request bodies, methods other than GET and HEAD, ranges, entity tags, compression, TLS.
 */
public final class HttpHandler implements ConnectionHandler {
    private final EventLoop loop;
    private final boolean mayBlock;
    private final Duration headTimeout;
    private final Replies replies;
    private final @Nullable StaticFiles files;

    /** Changed once a second by a reactor. */
    private volatile String date = "";

    /**
     * Begins to keep the date.
     *
     * @param files null serves none
     * @param dispatch of the server: with DIRECT its callbacks must not wait for a disk
     * @param headTimeout how long a request may take from its first byte to the end of its head
     */
    public HttpHandler(EventLoop loop, Dispatch dispatch, @Nullable PathResolver files, Duration headTimeout) {
        this.loop = loop;
        this.mayBlock = dispatch != Dispatch.DIRECT;
        this.headTimeout = headTimeout;
        this.replies = new Replies(() -> date);
        this.files = files == null ? null : new StaticFiles(files, replies);
        keepDate();
    }

    /** Right after each full second. */
    private void keepDate() {
        Instant now = Instant.now();
        date = HttpDate.format(now);
        Timeout unused = loop.schedule(Duration.ofNanos(1_000_000_000 - now.getNano()), this::keepDate);
    }

    Replies replies() {
        return replies;
    }

    Timeout headTimeout(Runnable task) {
        return loop.schedule(headTimeout, task);
    }

    /** The answer if it is at hand, or null. */
    @Nullable
    Reply computed(Request request, String path) {
        return switch (path) {
            case "/" -> replies.text(request, 200, "Mill-IO serves you. Figures of its loop are at /stats\n");
            case "/stats" -> replies.json(request, figures(loop.stats()));
            default -> files == null ? replies.notFound(request) : null;
        };
    }

    /** An answer that may have to wait for a disk; RejectedExecutionException if too many do. */
    CompletionStage<Reply> fetch(Request request, String path) {
        StaticFiles present = files;
        if (present == null) {
            throw new IllegalStateException("no files are served");
        }
        return mayBlock
                ? CompletableFuture.completedFuture(present.reply(request, path))
                : loop.compute()
                        .submit(Priority.NORMAL, () -> present.reply(request, path))
                        .result();
    }

    /** Numbers only, so nothing in it has to be escaped. */
    private static String figures(LoopStats stats) {
        long connections = 0;
        long reads = 0;
        long writes = 0;
        long wakeups = 0;
        long timers = 0;
        long lag = 0;
        for (LoopStats.ReactorStats reactor : stats.reactors()) {
            connections += reactor.accepts();
            reads += reactor.reads();
            writes += reactor.writes();
            wakeups += reactor.wakeups();
            timers += reactor.timersPending();
            lag = Math.max(lag, reactor.lagMax().toNanos() / 1000);
        }
        return "{\"reactors\":" + stats.reactors().size()
                + ",\"workers\":" + stats.workers().threads()
                + ",\"accepts\":" + connections
                + ",\"reads\":" + reads
                + ",\"writes\":" + writes
                + ",\"wakeups\":" + wakeups
                + ",\"timersPending\":" + timers
                + ",\"lagMaxMicros\":" + lag
                + ",\"errors\":" + stats.errors() + "}\n";
    }

    // ---- callbacks --------------------------------------------------------------------------------------------------

    @Override
    public void onOpen(Connection connection) {
        connection.attach(new Session(this, connection));
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        session(connection).received(data);
    }

    @Override
    public void onWritable(Connection connection) {
        session(connection).writable();
    }

    @Override
    public void onInputClosed(Connection connection) {
        session(connection).inputClosed();
    }

    @Override
    public void onClose(Connection connection, CloseReason reason) {
        session(connection).closed();
    }

    @SuppressWarnings("NullAway") // attached by onOpen, which comes before everything else
    private static Session session(Connection connection) {
        return connection.attachment();
    }
}
