package io.millio.watch;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where notifications come from; owned by the watch thread. A seam, for a {@link WatchService} takes registrations of
 * its own kind alone.
 */
interface Notifier {
    /** Begins to watch a directory; gives the same key again for a directory that it watches. */
    WatchKey register(Path directory) throws IOException;

    /**
     * The next key with events, or null if none came in time or the thread was interrupted; waits if {@code nanos} is
     * above zero.
     */
    @Nullable
    WatchKey poll(long nanos);

    void close() throws IOException;

    /** Opens one. */
    @FunctionalInterface
    interface Factory {
        Notifier open() throws IOException;
    }

    /** The system's own. */
    static Notifier system() throws IOException {
        WatchService service;
        try {
            service = FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            throw new IOException(
                    e.getMessage()
                            + "; on Linux raise fs.inotify.max_user_instances with sysctl, or the limit of open files",
                    e);
        }
        return new Notifier() {
            @Override
            public WatchKey register(Path directory) throws IOException {
                return directory.register(
                        service,
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_DELETE,
                        StandardWatchEventKinds.ENTRY_MODIFY);
            }

            @Override
            public @Nullable WatchKey poll(long nanos) {
                try {
                    return nanos > 0 ? service.poll(nanos, TimeUnit.NANOSECONDS) : service.poll();
                } catch (InterruptedException somethingToDo) {
                    return null;
                }
            }

            @Override
            public void close() throws IOException {
                service.close();
            }
        };
    }
}
