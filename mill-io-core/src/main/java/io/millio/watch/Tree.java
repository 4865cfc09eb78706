package io.millio.watch;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The view of one watch: what stood in its directory when it was last looked at. Owned by the watch thread. */
final class Tree {
    /*
     * Notifications are never told to anybody. They only say which names, or whole directories, are to be looked at;
     * what is then found is compared with the view, and the differences are the events. So it does not matter in which
     * order notifications come, whether there are too many or, said by an overflow, too few: whatever was told last,
     * the view was the directory's content at some moment after the last notification. A directory is registered before
     * it is read for the first time, so that what is made in between is found, or notified, or both.
     *
     * Nothing is looked at while the handler is busy with what was found before. Doubts pile up in a set meanwhile,
     * whose size is that of the view at most; the next look finds the sum of all changes. Memory has no other queue.
     */

    private final WatchRuntime runtime;
    private final WatchThread thread;
    private final WatchLife life;
    private final Changes changes = new Changes();
    final Doubts doubts;

    private @Nullable Directory root;
    private long files;
    private long directories;
    private boolean starting = true;
    private @Nullable IOException startFailure;

    /** What was told and is not to be told again before all is well. */
    private final Set<String> told = new HashSet<>();

    /** Any thread: ends a look early. */
    volatile boolean cancelled;

    Tree(WatchRuntime runtime, WatchThread thread, WatchLife life) {
        this.runtime = runtime;
        this.thread = thread;
        this.life = life;
        this.doubts = new Doubts(thread::nanos, runtime.coalesceNanos, runtime.lookNanos);
    }

    /** Reads everything for the first time. */
    void open() throws IOException {
        BasicFileAttributes seen = Files.readAttributes(runtime.path, BasicFileAttributes.class);
        if (!seen.isDirectory()) {
            throw new NotDirectoryException(runtime.path + " is not a directory; watch the directory it is in");
        }
        long start = thread.nanos();
        root = (Directory) add(null, runtime.path, seen);
        look();
        if (startFailure != null) {
            throw startFailure;
        }
        if (cancelled) {
            throw new IOException("it was closed before all of " + runtime.path + " had been read");
        }
        starting = false;
        doubts.looked(start, true);
        if (!runtime.existing) {
            changes.forgetEvents();
        }
        Batch first = changes.take(root);
        life.deliver(first == null ? new Batch(List.of(), List.of()) : first);
    }

    /** Lets everything go. */
    void release() {
        cancelled = true;
        if (root != null) {
            drop(root);
            root = null;
        }
        doubts.clear();
    }

    void report(Throwable error) {
        runtime.report(error);
    }

    /** Something has failed that should not: whatever it was about is looked at again. */
    void recover(Throwable unexpected) {
        report(unexpected);
        if (root != null) {
            root.doubtTree();
        }
    }

    void overflowed() {
        runtime.overflows.increment();
    }

    // ---- when to look -----------------------------------------------------------------------------------------------

    /** How long until there is work. */
    long untilWork(long now) {
        return life.isDelivering() ? Long.MAX_VALUE : doubts.untilLook(now);
    }

    /** Looks at what is due. */
    void work() {
        long start = thread.nanos();
        if (cancelled || untilWork(start) > 0) {
            return;
        }
        boolean retried = doubts.retry(start);
        try {
            lookAtRoot();
            if (retried || doubts.isDue(start)) {
                look();
            }
        } catch (Throwable unexpected) {
            recover(unexpected);
        }
        doubts.looked(start, retried);
        Batch batch = changes.take(root);
        if (batch != null) {
            life.deliver(batch);
        }
    }

    // ---- looking ----------------------------------------------------------------------------------------------------

    private void look() {
        Directory next = doubts.poll();
        if (next != null) {
            runtime.scans.increment();
        }
        for (; next != null && !cancelled; next = doubts.poll()) {
            if (!next.gone) {
                try {
                    look(next);
                } catch (IOException e) {
                    failed(next, e);
                } catch (RuntimeException unexpected) {
                    failed(next, new IOException(unexpected));
                }
            }
        }
        if (!doubts.hasFailed()) {
            told.clear();
        }
    }

    private void look(Directory directory) throws IOException {
        boolean whole = directory.isWholeInDoubt() || directory.failure != null;
        Set<Path> doubted = directory.takeNames();
        if (whole) {
            watch(directory);
            doubted = new HashSet<>(directory.children.keySet());
            try (DirectoryStream<Path> listed = Files.newDirectoryStream(directory.path)) {
                for (Path child : listed) {
                    doubted.add(child.getFileName());
                }
            }
        }
        for (Path name : doubted) {
            if (cancelled || directory.gone) {
                return;
            }
            look(directory, name);
        }
        if (whole) {
            directory.failure = null;
        }
    }

    private void look(Directory directory, Path name) throws IOException {
        Entry known = directory.children.get(name);
        BasicFileAttributes seen = attributes(directory.path.resolve(name), LinkOption.NOFOLLOW_LINKS);
        if (known != null && (seen == null || !known.isStill(seen))) {
            drop(known);
            known = null;
        }
        if (known != null && seen != null) {
            compare(known, seen);
        } else if (seen != null) {
            Entry unused = add(directory, name, seen);
        }
    }

    /** Null if there is nothing. */
    private static @Nullable BasicFileAttributes attributes(Path path, LinkOption... options) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, options);
        } catch (NoSuchFileException nothing) {
            return null;
        }
    }

    private void compare(Entry known, BasicFileAttributes seen) {
        if (!known.isDirectory) {
            if (!known.isSameAs(seen)) {
                changes.replaced(known);
            } else if (known.touched || !known.hasContentOf(seen)) {
                changes.altered(known);
            }
        }
        known.set(seen);
    }

    private @Nullable Entry add(@Nullable Directory parent, Path name, BasicFileAttributes seen) {
        boolean directory = seen.isDirectory();
        if (directory ? directories >= runtime.maxDirectories : files >= runtime.maxFiles) {
            limitReached(parent, directory);
            return null;
        }
        boolean descend = directory && (parent == null || runtime.recursive);
        Entry entry = descend ? new Directory(this, parent, name, seen) : new Entry(parent, name, seen);
        if (parent != null) {
            parent.children.put(name, entry);
        }
        count(directory, 1);
        changes.fresh(entry);
        if (entry instanceof Directory made) {
            doubts.mark(made);
        }
        return entry;
    }

    private void drop(Entry entry) {
        if (entry instanceof Directory directory) {
            dropChildren(directory);
            thread.unwatch(directory);
            doubts.forget(directory);
            Set<Path> unused = directory.takeNames();
        }
        if (entry.parent != null) {
            entry.parent.children.remove(entry.name);
        }
        count(entry.isDirectory, -1);
        changes.gone(entry);
    }

    private void dropChildren(Directory directory) {
        List.copyOf(directory.children.values()).forEach(this::drop);
    }

    private void count(boolean directory, int change) {
        if (directory) {
            directories += change;
            runtime.directories.add(change);
        } else {
            files += change;
            runtime.files.add(change);
        }
    }

    /** Follows links: what is watched is what the path leads to. */
    private void lookAtRoot() {
        BasicFileAttributes seen;
        try {
            seen = attributes(runtime.path);
        } catch (IOException e) {
            if (root != null) {
                tell(root, e);
            }
            return;
        }
        boolean there = seen != null && seen.isDirectory();
        if (root != null && (seen == null || !root.isStill(seen))) {
            drop(root);
            root = null;
        }
        if (root == null && seen != null && there) {
            root = (Directory) add(null, runtime.path, seen);
        }
    }

    // ---- failures ---------------------------------------------------------------------------------------------------

    private void watch(Directory directory) throws IOException {
        try {
            thread.watch(directory);
        } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException e) {
            throw e;
        } catch (IOException refused) {
            doubts.failed(directory);
            if (told.add("unwatched")) {
                fail(new IOException(
                        runtime + ": the system does not watch " + directory.path + ", and perhaps others: "
                                + refused.getMessage() + "; they are looked at every " + runtime.lookNanos / 1_000_000
                                + " ms or less often instead. On Linux raise fs.inotify.max_user_watches with sysctl",
                        refused));
            }
        }
    }

    private void limitReached(@Nullable Directory parent, boolean directory) {
        String text = "there are more than "
                + (directory ? runtime.maxDirectories + " directories" : runtime.maxFiles + " files") + " in "
                + runtime.path + "; raise " + (directory ? "maxDirectories" : "maxFiles") + ", or watch less";
        if (starting) {
            startFailure = new IOException(text);
            cancelled = true;
        } else {
            if (parent != null) {
                doubts.failed(parent);
            }
            if (told.add(text)) {
                fail(new IOException(
                        runtime + ": " + text + "; what is new beyond that is left out until there is room"));
            }
        }
    }

    /**
     * A directory could not be read. Most often it is not there any more, or another one is, which its parent shows.
     */
    private void failed(Directory directory, IOException cause) {
        if (directory.parent == null) {
            lookAtRoot();
        } else {
            try {
                look(directory.parent, directory.name);
            } catch (IOException e) {
                failed(directory.parent, e);
            }
        }
        if (directory.gone) {
            return;
        }
        if (cause instanceof AccessDeniedException) {
            dropChildren(directory);
        }
        doubts.failed(directory);
        if (starting && directory.parent == null) {
            startFailure = cause;
        } else if (!(cause instanceof NoSuchFileException)) {
            tell(directory, cause);
        }
    }

    private void tell(Directory directory, IOException cause) {
        String what = cause.toString();
        if (!what.equals(directory.failure)) {
            directory.failure = what;
            fail(new IOException(
                    runtime + ": " + directory.path + " cannot be read, and what is in it is left out until it can be: "
                            + what + "; give this process the permission to read and search it",
                    cause));
        }
    }

    private void fail(IOException error) {
        runtime.errors.increment();
        changes.failed(error);
    }
}
