package io.millio.watch;

import io.millio.internal.Counter;
import io.millio.internal.DrainCount;
import io.millio.internal.component.ComponentLives;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * What stands behind a watch: its settings and counters, and its lives, of which each is a {@link WatchLife}. For any
 * thread.
 */
final class WatchRuntime extends ComponentLives<WatchLife> {
    private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(2);

    final FileWatch watch;
    final String name;
    final Path path;
    final boolean recursive;
    final boolean existing;
    final long coalesceNanos;
    final long lookNanos;
    final int maxFiles;
    final int maxDirectories;
    final FileWatchHandler handler;

    /** Written by the watch thread, the events by the mailbox. */
    final Counter files = new Counter();

    final Counter directories = new Counter();
    final Counter overflows = new Counter();
    final Counter scans = new Counter();
    final Counter events = new Counter();
    final LongAdder errors = new LongAdder();

    private final WatchThread thread;

    WatchRuntime(FileWatch watch, FileWatch.Builder settings, Path path, FileWatchHandler handler) {
        super(settings.loop, settings.token, settings.dispatch);
        this.watch = watch;
        this.path = path;
        this.name = settings.name == null ? path.toString() : settings.name;
        this.recursive = settings.recursive;
        this.existing = settings.existing;
        this.coalesceNanos = settings.coalesce.toNanos();
        this.lookNanos = settings.lookNanos;
        this.maxFiles = settings.maxFiles;
        this.maxDirectories = settings.maxDirectories;
        this.handler = handler;
        this.thread = port.shared(
                WatchThread.class, () -> new WatchThread(loop.name() + "-watch", settings.notifiers, reactor::nanos));
        attach();
    }

    // ---- opening ----------------------------------------------------------------------------------------------------

    @Override
    protected WatchLife create() {
        return new WatchLife(this, thread, reactor);
    }

    @Override
    protected void begin(WatchLife opened) {
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

    // ---- closing ----------------------------------------------------------------------------------------------------

    @Override
    protected void drain(WatchLife current) {
        current.drain();
    }

    @Override
    protected void cut(WatchLife current) {
        current.cut();
    }

    @Override
    protected void stop(WatchLife current) {
        current.cut();
    }

    @Override
    protected void abandon(WatchLife left) {
        left.cut();
    }

    /** The end of a life on the watch thread may come after that of its handler. */
    @Override
    public void loopStopped() {
        super.loopStopped();
        WatchLife over = last();
        if (over != null) {
            over.awaitRelease(RELEASE_TIMEOUT);
        }
    }

    @Override
    protected DrainCount count(WatchLife over) {
        return DrainCount.NOTHING;
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
