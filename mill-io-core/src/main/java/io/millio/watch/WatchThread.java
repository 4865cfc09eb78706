package io.millio.watch;

import io.millio.internal.MpscQueue;
import java.io.IOException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread on which all watches of a loop wait for notifications and look at their directories, and their one
 * notifier. Owned by that thread except for the methods that say otherwise; it is a daemon, runs no user code, and is
 * gone while there is nothing to watch.
 *
 * <p>An interrupt is how it is told that there is something to do, since a watch service knows no other wake-up.
 */
final class WatchThread implements Runnable {
    /** Then the directories have their turn. */
    private static final int MAX_KEYS_PER_TURN = 1024;

    private final String name;
    private final Notifier.Factory notifiers;
    private final LongSupplier nanos;
    private final MpscQueue<Runnable> tasks = new MpscQueue<>();

    /** Guarded by this. */
    private @Nullable Thread thread;

    private final List<Tree> trees = new ArrayList<>();

    /** There while there is a tree. */
    private @Nullable Notifier notifier;

    /** Several directories share a key if they are one: in watches that overlap, or under an old and a new name. */
    private final Map<WatchKey, List<Directory>> directories = new HashMap<>();

    WatchThread(String name, Notifier.Factory notifiers, LongSupplier nanos) {
        this.name = name;
        this.notifiers = notifiers;
        this.nanos = nanos;
    }

    // ---- for any thread ---------------------------------------------------------------------------------------------

    /** Completes when the tree has been read for the first time and is watched, or with what prevented that. */
    CompletableFuture<Void> add(Tree tree) {
        CompletableFuture<Void> opened = new CompletableFuture<>();
        execute(() -> {
            try {
                if (notifier == null) {
                    notifier = notifiers.open();
                }
                trees.add(tree);
                tree.open();
                opened.complete(null);
            } catch (Throwable t) {
                forget(tree);
                opened.completeExceptionally(t);
            }
        });
        return opened;
    }

    /** Completes the future when nothing of the tree is watched any more; with the last tree the notifier is closed. */
    void remove(Tree tree, CompletableFuture<Void> removed) {
        execute(() -> {
            try {
                forget(tree);
            } finally {
                removed.complete(null);
            }
        });
    }

    /** Has it look whether a tree has something to do. */
    synchronized void wake() {
        if (thread != null) {
            thread.interrupt();
        }
    }

    long nanos() {
        return nanos.getAsLong();
    }

    private void execute(Runnable task) {
        tasks.offer(task);
        Thread started = null;
        synchronized (this) {
            if (thread == null) {
                started = new Thread(null, this, name, 0, false);
                started.setDaemon(true);
                thread = started;
            } else {
                thread.interrupt();
            }
        }
        if (started != null) {
            start(started);
        }
    }

    private void start(Thread started) {
        try {
            started.start();
        } catch (Throwable noMoreThreads) {
            synchronized (this) {
                thread = null;
            }
            throw noMoreThreads;
        }
    }

    // ---- for the trees ----------------------------------------------------------------------------------------------

    /**
     * Has a directory watched. Asks even if it is: the key may be that of another directory, which stood at the path for a moment; of
     * the same one the system gives the same key.
     */
    void watch(Directory directory) throws IOException {
        if (notifier == null) {
            return;
        }
        WatchKey registered = notifier.register(directory.path);
        if (registered != directory.watchKey) {
            unwatch(directory);
            directories
                    .computeIfAbsent(registered, unused -> new ArrayList<>(1))
                    .add(directory);
            directory.watchKey = registered;
        }
    }

    void unwatch(Directory directory) {
        WatchKey key = directory.watchKey;
        directory.watchKey = null;
        List<Directory> sharing = key == null ? null : directories.get(key);
        if (key != null && sharing != null && sharing.remove(directory) && sharing.isEmpty()) {
            directories.remove(key);
            key.cancel();
        }
    }

    private void forget(Tree tree) {
        tree.release();
        trees.remove(tree);
        Notifier open = notifier;
        if (trees.isEmpty() && open != null) {
            notifier = null;
            directories.clear();
            try {
                open.close();
            } catch (IOException e) {
                tree.report(e);
            }
        }
    }

    // ---- the thread -------------------------------------------------------------------------------------------------

    @Override
    public void run() {
        while (!isOver()) {
            boolean unused = Thread.interrupted();
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                try {
                    task.run();
                } catch (Throwable unexpected) {
                    trees.forEach(tree -> tree.report(unexpected));
                }
            }
            Notifier open = notifier;
            if (open != null) {
                try {
                    takeKeys(open);
                    trees.forEach(Tree::work);
                } catch (Throwable unexpected) {
                    trees.forEach(tree -> tree.recover(unexpected));
                    // A notifier that only throws must not be asked without a pause; whoever has a task ends it.
                    LockSupport.parkNanos(Doubts.LOOK_NANOS);
                }
            }
        }
    }

    private synchronized boolean isOver() {
        if (notifier == null && tasks.isEmpty()) {
            thread = null;
            return true;
        }
        return false;
    }

    private void takeKeys(Notifier open) {
        WatchKey key = open.poll(untilNextWork());
        for (int n = 1; key != null; n++) {
            take(key);
            key = n < MAX_KEYS_PER_TURN ? open.poll(0) : null;
        }
    }

    private long untilNextWork() {
        long now = nanos();
        long next = TimeUnit.HOURS.toNanos(1);
        for (Tree tree : trees) {
            next = Math.min(next, tree.untilWork(now));
        }
        return next;
    }

    private void take(WatchKey key) {
        List<Directory> notified = directories.getOrDefault(key, List.of());
        boolean valid;
        try {
            for (WatchEvent<?> event : key.pollEvents()) {
                for (Directory directory : notified) {
                    directory.notified(event);
                }
            }
        } finally {
            valid = key.reset();
        }
        if (!valid) {
            directories.remove(key);
            for (Directory directory : notified) {
                directory.watchKey = null;
                directory.doubtAll();
            }
        }
    }
}
