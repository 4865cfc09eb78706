package io.millio.watch;

import io.millio.internal.Checks;
import io.millio.internal.VirtualThreads;
import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A directory whose changes are told to a {@link FileWatchHandler}. Every method may be called by any thread.
 *
 * <pre>{@code
 * EventLoop loop = EventLoop.create();
 * try (FileWatch watch = FileWatch.on(loop).path("inbox").recursive()
 *         .handler((self, event) -> System.out.println(event)).start()) {
 *     watch.awaitClose();
 * }
 * }</pre>
 *
 * <p>All watches of a loop share one {@link java.nio.file.WatchService} and one thread, on which directories are read
 * and compared with what was there before; neither reactors nor workers do that. What is told is the difference, so
 * however many changes there are, and whatever notifications the system loses, the events always lead to what the
 * directory holds.
 *
 * <p>Symbolic links are paths like others: they are told and not followed, so a cycle of them does no harm. Only the
 * path that is watched may be one itself. If the directory is deleted or moved away, that is told as the end of all it
 * holds; when a directory is at the path again, even through a link that now leads elsewhere, everything in it is told
 * as new within half a second.
 *
 * <p>A watch that was built before its loop has started begins when the loop starts; it can be started again after it
 * was shut down or its loop was stopped.
 *
 * <p>What is <em>not</em> promised: one event for each change, since changes are gathered, and what is created and
 * deleted in between leaves none; an event for a change of which the system tells nothing, as of files that are mapped
 * into memory, or changed by another host on a network file system; and after an overflow, an event for a file whose
 * size and time stamps are as they were.
 */
public final class FileWatch implements AutoCloseable {
    private final WatchRuntime runtime;

    private FileWatch(Builder settings, Path path, FileWatchHandler handler) {
        this.runtime = new WatchRuntime(this, settings, path, handler);
    }

    /** A builder for a watch on this loop. */
    public static Builder on(EventLoop loop) {
        return new Builder(loop);
    }

    /** The name, as in messages. */
    public String name() {
        return runtime.name;
    }

    /** The absolute path that is watched. */
    public Path path() {
        return runtime.path;
    }

    /** The token reserved for this watch, or null. */
    public @Nullable Token token() {
        return runtime.token;
    }

    /**
     * Begins to watch, and starts the loop if that is new. Blocks while the directory is read for the first time:
     * changes made after this has returned are told. Does nothing if the watch is open already.
     *
     * @throws java.io.UncheckedIOException if the path is no directory that can be read, or holds more than the watch
     *     may
     * @throws IllegalStateException if the watch was closed, or its loop has stopped
     */
    public FileWatch start() {
        runtime.start();
        return this;
    }

    /** Whether it watches. */
    public boolean isOpen() {
        return runtime.isOpen();
    }

    /**
     * Tells what was found, and ends; what is left at the time-out is not told. The watch can be started again.
     *
     * @param timeout zero or longer
     * @return completes when the watch has ended; must not be waited for in a callback
     */
    public CompletionStage<DrainReport> shutdown(Duration timeout) {
        Checks.notNegative("timeout", timeout);
        return runtime.shutdown(timeout);
    }

    /**
     * Ends the watch for good: tells what was found, for at most 2 s, waits for that, for at most 4 s, and then frees
     * the token; called from a callback it only begins to. A handler that does not return delays the end. Idempotent.
     */
    @Override
    public void close() {
        runtime.close();
    }

    /**
     * Blocks until the watch is shut down or closed, or its loop has stopped; returns at once if it was never started.
     */
    public void awaitClose() throws InterruptedException {
        runtime.awaitClose();
    }

    /** What the watch has done so far. */
    public FileWatchStats stats() {
        return runtime.stats();
    }

    @Override
    public String toString() {
        return "FileWatch '" + name() + "'";
    }

    /** Collects and checks the settings of a watch; not for use by several threads. */
    public static final class Builder {
        final EventLoop loop;

        @Nullable
        String name;

        @Nullable
        Token token;

        @Nullable
        Dispatch dispatch;

        /** Changed by tests alone; the first watch of a loop decides. */
        Notifier.Factory notifiers = Notifier::system;

        /** Changed by tests alone. */
        long lookNanos = Doubts.LOOK_NANOS;

        boolean recursive;
        boolean existing;
        Duration coalesce = Duration.ofMillis(50);
        int maxFiles = 100_000;
        int maxDirectories = 10_000;
        private @Nullable Path path;
        private @Nullable FileWatchHandler handler;

        private Builder(EventLoop loop) {
            this.loop = Objects.requireNonNull(loop, "loop");
        }

        /** The name in messages; the path by default. */
        public Builder name(String value) {
            name = Checks.name("name", value);
            return this;
        }

        /**
         * The directory to watch; required. A relative path is one of the directory in which the process was started.
         */
        public Builder path(String value) {
            return path(Path.of(value));
        }

        /**
         * As {@link #path(String)}.
         *
         * @throws IllegalArgumentException if it is not of the system's own file system, but inside an archive for
         *     instance
         */
        public Builder path(Path value) {
            if (value.getFileSystem() != FileSystems.getDefault()) {
                throw new IllegalArgumentException(
                        "only directories of the system's own file system can be watched, but " + value + " is one of "
                                + value.getFileSystem());
            }
            path = value.toAbsolutePath();
            return this;
        }

        /** Watches what is in subdirectories, too. By default a subdirectory is just a path in the directory. */
        public Builder recursive() {
            return recursive(true);
        }

        /** As {@link #recursive()}, if true. */
        public Builder recursive(boolean on) {
            recursive = on;
            return this;
        }

        /**
         * How long changes are gathered from the first on, 0 to 1 minute; 50 ms by default. A file that is changed many
         * times meanwhile has one event. After a look that took longer it is as long as that, up to 500 ms.
         */
        public Builder coalesce(Duration value) {
            Checks.range("coalesce, in milliseconds,", value.toMillis(), 0, 60_000);
            coalesce = value;
            return this;
        }

        /**
         * Tells what is there at the start as CREATED, the directory itself first; by default only changes are told.
         */
        public Builder existing(boolean on) {
            existing = on;
            return this;
        }

        /**
         * Files that the view may hold, 1 to 16 777 216; 100 000 by default, about 25 MB of heap. More of them are an
         * error at the start; later that is told once to {@link FileWatchHandler#onError}, and new ones are left out
         * until others are gone.
         */
        public Builder maxFiles(int value) {
            maxFiles = Checks.range("max files", value, 1, 1 << 24);
            return this;
        }

        /**
         * As {@link #maxFiles} for directories, of which each that is watched costs the system a watch; 10 000 by
         * default.
         */
        public Builder maxDirectories(int value) {
            maxDirectories = Checks.range("max directories", value, 1, 1 << 24);
            return this;
        }

        /** Reserves a token of the loop's for this watch; none by default. */
        public Builder token(Token value) {
            token = Objects.requireNonNull(value, "token");
            return this;
        }

        /**
         * Where callbacks run; by default where the loop says.
         *
         * @throws UnsupportedOperationException if it is VIRTUAL, before JDK 21
         */
        public Builder dispatch(Dispatch value) {
            if (value == Dispatch.VIRTUAL) {
                VirtualThreads.require("dispatch VIRTUAL", "use WORKERS (blocking handlers) or DIRECT");
            }
            dispatch = value;
            return this;
        }

        /** What is done with the changes; required. */
        public Builder handler(FileWatchHandler value) {
            handler = Objects.requireNonNull(value, "handler");
            return this;
        }

        /**
         * The watch, not begun yet unless the loop is started later; see {@link FileWatch#start()}.
         *
         * @throws IllegalStateException if the path or the handler is missing
         * @throws IllegalArgumentException if the token is taken
         */
        public FileWatch build() {
            if (path == null) {
                throw new IllegalStateException("a watch needs a directory: call path(...)");
            }
            if (handler == null) {
                throw new IllegalStateException("a watch needs a handler: call handler(...)");
            }
            return new FileWatch(this, path, handler);
        }

        /** {@link #build} and {@link FileWatch#start} in one. */
        public FileWatch start() {
            FileWatch watch = build();
            try {
                return watch.start();
            } catch (RuntimeException | Error e) {
                watch.close();
                throw e;
            }
        }
    }
}
