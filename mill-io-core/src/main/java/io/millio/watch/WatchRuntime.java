package io.millio.watch;

import io.millio.internal.Counter;
import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.time.Timeout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind a watch: its settings and counters, and the order of its lives, of which each is a {@link
 * WatchLife}. For any thread; its state is guarded by its monitor, which is never held while a handler, the loop or the
 * file system is called.
 */
final class WatchRuntime implements LoopComponent {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    final FileWatch watch;
    final String name;
    final Path path;
    final boolean recursive;
    final boolean existing;
    final long coalesceNanos;
    final long lookNanos;
    final int maxFiles;
    final int maxDirectories;
    final @Nullable Token token;
    final FileWatchHandler handler;
    final Dispatch dispatch;

    /** Written by the watch thread, the events by the mailbox. */
    final Counter files = new Counter();

    final Counter directories = new Counter();
    final Counter overflows = new Counter();
    final Counter scans = new Counter();
    final Counter events = new Counter();
    final LongAdder errors = new LongAdder();

    private final EventLoop loop;
    private final LoopPort port;
    private final ReactorPort reactor;
    private final WatchThread thread;

    /** Written under the monitor. */
    private volatile @Nullable WatchLife life;

    /** The one that is or was; its end on the watch thread may come after that of its handler. */
    private volatile @Nullable WatchLife last;

    // Guarded by this.
    private boolean startsWithLoop = true;
    private boolean draining;
    private boolean closed;
    private CompletableFuture<DrainCount> ended = CompletableFuture.completedFuture(DrainCount.NOTHING);

    WatchRuntime(FileWatch watch, FileWatch.Builder settings, Path path, FileWatchHandler handler) {
        this.watch = watch;
        this.loop = settings.loop;
        this.port = LoopAccess.of(loop);
        this.path = path;
        this.name = settings.name == null ? path.toString() : settings.name;
        this.recursive = settings.recursive;
        this.existing = settings.existing;
        this.coalesceNanos = settings.coalesce.toNanos();
        this.lookNanos = settings.lookNanos;
        this.maxFiles = settings.maxFiles;
        this.maxDirectories = settings.maxDirectories;
        this.token = settings.token;
        this.handler = handler;
        this.dispatch = settings.dispatch == null ? loop.dispatch() : settings.dispatch;
        this.reactor = port.nextReactor();
        this.thread = port.shared(
                WatchThread.class, () -> new WatchThread(loop.name() + "-watch", settings.notifiers, reactor::nanos));
        if (token != null) {
            port.reserveToken(token.value(), toString());
        }
        port.attach(this);
    }

    // ---- opening ----------------------------------------------------------------------------------------------------

    void start() {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException(this + " is closed for good; build a new one");
            }
            if (isOpen()) {
                return;
            }
            startsWithLoop = true;
        }
        WatchLife before = last;
        if (!port.isRunning() && !port.ensureStarted()) {
            throw new IllegalStateException(this + " cannot start: " + loop + " is not running; start it");
        }
        // The start of the loop may have begun a life that has ended by now: a handler may close its watch.
        if (!isOpen() && last == before) {
            open();
        }
    }

    @Override
    public void loopStarted() {
        boolean wanted;
        synchronized (this) {
            wanted = startsWithLoop && !closed && life == null;
        }
        if (wanted) {
            open();
        }
    }

    private void open() {
        WatchLife opened = new WatchLife(this, thread, reactor);
        synchronized (this) {
            if (life != null || closed) {
                throw new IllegalStateException(this + " is "
                        + (closed ? "closed for good; build a new one" : "open still; start it when it has drained"));
            }
            life = opened;
            last = opened;
            draining = false;
            ended = new CompletableFuture<>();
        }
        try {
            opened.open().join();
        } catch (CompletionException e) {
            opened.cut();
            ended(opened);
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new UncheckedIOException(
                    this + " cannot watch " + path + ": " + text(cause),
                    cause instanceof IOException io ? io : new IOException(cause));
        } catch (Throwable t) {
            opened.cut();
            ended(opened);
            throw t;
        }
        if (!port.isRunning()) {
            loopStopped();
        }
    }

    /** What the JDK's exceptions say besides their name is the path. */
    private static String text(Throwable cause) {
        if (cause instanceof NoSuchFileException) {
            return "it does not exist; create it first, or correct the path";
        }
        if (cause instanceof AccessDeniedException) {
            return "this process has not the permission to read and search " + cause.getMessage();
        }
        return String.valueOf(cause.getMessage());
    }

    synchronized boolean isOpen() {
        return life != null && !draining;
    }

    // ---- closing ----------------------------------------------------------------------------------------------------

    @Override
    public CompletionStage<DrainCount> drain() {
        WatchLife current;
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            startsWithLoop = false;
            current = life;
            end = ended;
            if (current == null || draining) {
                return end.minimalCompletionStage();
            }
            draining = true;
        }
        current.drain();
        return end.minimalCompletionStage();
    }

    @Override
    public void cut() {
        WatchLife current = life;
        if (current != null) {
            current.cut();
        }
    }

    @Override
    public void reactorStopping(ReactorPort stopping) {
        if (stopping == reactor) {
            cut();
        }
    }

    @Override
    public void loopStopped() {
        synchronized (this) {
            startsWithLoop = false;
        }
        WatchLife left = life;
        if (left != null) {
            left.cut();
            ended(left);
        }
        WatchLife over = last;
        if (over != null) {
            over.awaitRelease(CLOSE_TIMEOUT);
        }
    }

    /** Any thread: nothing is watched any more, and the handler has had its last call. */
    void ended(WatchLife over) {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            if (life != over) {
                return;
            }
            life = null;
            draining = false;
            end = ended;
        }
        end.complete(DrainCount.NOTHING);
    }

    CompletionStage<DrainReport> shutdown(Duration timeout) {
        long start = reactor.nanos();
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        drain().thenAccept(count ->
                report.complete(new DrainReport(Duration.ofNanos(reactor.nanos() - start), 0, 0, List.of())));
        if (!report.isDone()) {
            Timeout deadline = loop.schedule(timeout, this::cut);
            // Left alone it would go off in the next life.
            CompletableFuture<Void> unused = report.thenRun(deadline::cancel);
        }
        return report.minimalCompletionStage();
    }

    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        CompletableFuture<Void> finished = shutdown(CLOSE_TIMEOUT)
                .toCompletableFuture()
                .thenAccept(report -> {
                    port.detach(this);
                    if (token != null) {
                        port.releaseToken(token.value());
                    }
                });
        if (!port.inLoopThread()) {
            finished.join();
        }
    }

    void awaitClose() throws InterruptedException {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            end = ended;
        }
        try {
            end.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(this + " did not end", e);
        }
    }

    void report(Throwable error) {
        port.report(watch, error);
    }

    FileWatchStats stats() {
        return new FileWatchStats(
                files.get(), directories.get(), events.get(), overflows.get(), scans.get(), errors.sum());
    }

    @Override
    public String toString() {
        return "watch '" + name + "'";
    }
}
