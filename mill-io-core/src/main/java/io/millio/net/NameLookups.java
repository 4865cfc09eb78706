package io.millio.net;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads on which a loop's clients look up host names, one instance for each loop; for any thread.
 *
 * <p>The JDK offers no lookup that does not block, and one of a name server that is gone cannot be interrupted and takes many
 * seconds. On the reactors it would stop everything, and on the workers, which may be busy themselves, it would take the place of
 * handlers. So there are threads of its own: few, for lookups that hang must not pile up threads; behind a bounded queue; daemons, so
 * that none of them keeps the process alive; and gone after a second without work.
 */
final class NameLookups {
    private static final int THREADS = 4;
    private static final int WAITING = 1024;

    private final AtomicInteger number = new AtomicInteger();
    private final ThreadPoolExecutor threads;

    NameLookups(String loop) {
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), work -> {
                    Thread thread = new Thread(null, work, loop + "-lookup-" + number.getAndIncrement(), 0, false);
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** Throws RejectedExecutionException if 1024 lookups wait. */
    void execute(Runnable lookup) {
        threads.execute(lookup);
    }
}
