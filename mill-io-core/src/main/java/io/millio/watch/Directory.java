package io.millio.watch;

import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A directory whose content belongs to the view; owned by the watch thread. */
final class Directory extends Entry {
    /** With more names than this to look at, the whole directory is read. */
    private static final int MAX_NAMES = 512;

    final Tree tree;
    final Path path;
    final Map<Path, Entry> children = new HashMap<>();

    /** The names that may have changed. */
    private final Set<Path> names = new HashSet<>();

    /** Whether everything may have changed. */
    private boolean whole = true;

    /** Whether the tree knows that something may have. */
    boolean dirty;

    /** Null if the system does not watch it. */
    @Nullable
    WatchKey watchKey;

    /** What was last told of it, or null. */
    @Nullable
    String failure;

    Directory(Tree tree, @Nullable Directory parent, Path name, BasicFileAttributes seen) {
        super(parent, name, seen);
        this.tree = tree;
        this.path = path();
    }

    /** Everything in here may have changed. */
    void doubtAll() {
        Set<Path> unused = takeNames();
        whole = true;
        tree.doubts.mark(this);
    }

    /** As {@link #doubtAll}, and everything in the directories below. */
    void doubtTree() {
        doubtAll();
        for (Entry child : children.values()) {
            if (child instanceof Directory directory) {
                directory.doubtTree();
            }
        }
    }

    /** Something about this name may have changed. */
    void doubt(Path child, boolean modified) {
        note(child);
        Entry known = children.get(child);
        if (known != null && modified) {
            known.touched = true;
        }
        if (known instanceof Directory directory) {
            if (modified) {
                // Its permissions, perhaps.
                directory.doubtAll();
            } else {
                // Even if the same directory stands there again, another may have stood there while this one was
                // registered or read.
                directory.doubtTree();
            }
        }
    }

    private void note(Path child) {
        if (whole || names.contains(child)) {
            tree.doubts.mark(this);
        } else if (names.size() < MAX_NAMES && tree.doubts.mayKeepName()) {
            names.add(child);
            tree.doubts.mark(this);
        } else {
            doubtAll();
        }
    }

    void notified(WatchEvent<?> event) {
        if (event.context() instanceof Path child) {
            doubt(child, event.kind() == StandardWatchEventKinds.ENTRY_MODIFY);
        } else {
            tree.overflowed();
            doubtTree();
        }
    }

    boolean isWholeInDoubt() {
        return whole;
    }

    /** Takes the names to look at. */
    Set<Path> takeNames() {
        Set<Path> taken = Set.copyOf(names);
        tree.doubts.namesTaken(taken.size());
        names.clear();
        whole = false;
        return taken;
    }
}
