package io.millio.work;

import io.millio.internal.SerialTask;
import io.millio.time.Ticker;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One thread of a pool. Its fields are guarded by the pool's lock unless they say otherwise. */
final class Worker implements Runnable {
    /** Which start of the pool it was made for. */
    final int life;

    boolean signalled;
    boolean idle;

    /** Written under the lock; read racily in reports, as is what follows it. */
    volatile @Nullable SerialTask current;

    long startedNanos;

    private final WorkerPool pool;
    private final Thread thread;

    /** Its maker's until it has started the thread. */
    private boolean unstarted = true;

    Worker(WorkerPool pool, int life, @Nullable ThreadFactory virtual, String name, @Nullable ClassLoader loader) {
        this.pool = pool;
        this.life = life;
        if (virtual == null) {
            thread = new Thread(null, this, name, 0, false);
            thread.setDaemon(false);
        } else {
            thread = virtual.newThread(this);
        }
        // Newer JDKs give a thread that inherits no thread-locals no class loader of its maker's either.
        thread.setContextClassLoader(loader);
    }

    @Override
    public void run() {
        pool.work(this);
    }

    /** Starts the thread of a new worker, or ends the wait of an idle one; without the lock. */
    void call() {
        if (unstarted) {
            unstarted = false;
            thread.start();
        } else {
            wake();
        }
    }

    /** Ends its wait, if it waits. */
    void wake() {
        LockSupport.unpark(thread);
    }

    void interrupt() {
        thread.interrupt();
    }

    boolean isCurrentThread() {
        return thread == Thread.currentThread();
    }

    /**
     * Waits for the threads of all workers, those included that are made meanwhile; a pool that stops takes none away. Returns
     * whether all have ended in time.
     */
    static boolean allEnd(Supplier<List<Worker>> workers, long nanos, Ticker ticker) {
        long start = ticker.nanos();
        boolean interrupted = false;
        int ended = 0;
        List<Worker> all = workers.get();
        while (ended < all.size()) {
            long left = nanos - (ticker.nanos() - start);
            if (all.get(ended).thread.getState() == Thread.State.TERMINATED) {
                ended++;
            } else if (left <= 0) {
                break;
            } else {
                try {
                    // Returns at once for a thread that its maker is just about to start.
                    TimeUnit.NANOSECONDS.timedJoin(all.get(ended).thread, Math.max(left, 1_000_000));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (ended == all.size() && workers.get().size() > ended) {
                all = workers.get();
                ended = 0;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ended == all.size();
    }

    /** What it runs, for how long, and where; empty if it runs nothing. */
    String describe(long now) {
        SerialTask task = current;
        if (task == null) {
            return "";
        }
        StringBuilder text = new StringBuilder()
                .append(thread.getName())
                .append(" has been running ")
                .append(nameOf(task))
                .append(" for ")
                .append(TimeUnit.NANOSECONDS.toMillis(now - startedNanos))
                .append(" ms");
        for (StackTraceElement element : thread.getStackTrace()) {
            text.append("\n\tat ").append(element);
        }
        return text.toString();
    }

    private static String nameOf(SerialTask task) {
        try {
            return task.toString();
        } catch (Throwable namesItselfBadly) {
            return "a task whose toString() throws "
                    + namesItselfBadly.getClass().getName();
        }
    }
}
