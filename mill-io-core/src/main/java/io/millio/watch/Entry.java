package io.millio.watch;

import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One path of the view, as it was last seen; owned by the watch thread. */
class Entry {
    /** Null for the root. */
    final @Nullable Directory parent;

    /** The last name; a path, for not every name of a file can be written as text. */
    final Path name;

    final boolean isDirectory;

    /**
     * What tells a file from another one that has its name: the key, which systems use again, and the time of birth.
     */
    private @Nullable Object key;

    private long born;
    private long size;
    private long modified;

    /** Whether the handler knows of it, or is about to. */
    boolean told;

    /** Whether it is no longer in the tree. */
    boolean gone;

    /** Whether a notification says that it has changed, which its times may be too coarse to show. */
    boolean touched;

    Entry(@Nullable Directory parent, Path name, BasicFileAttributes seen) {
        this.parent = parent;
        this.name = name;
        this.isDirectory = seen.isDirectory();
        set(seen);
    }

    Path path() {
        return parent == null ? name : parent.path.resolve(name);
    }

    @Nullable
    Object key() {
        return key;
    }

    final void set(BasicFileAttributes seen) {
        key = seen.fileKey();
        born = seen.creationTime().to(TimeUnit.NANOSECONDS);
        size = seen.size();
        modified = seen.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        touched = false;
    }

    /**
     * Whether these are the attributes of what stands here. A name that is a file still may be another one by now; that
     * is a change of the file. But of a directory everything is another's then.
     */
    boolean isStill(BasicFileAttributes seen) {
        return isDirectory == seen.isDirectory() && (!isDirectory || isSameAs(seen));
    }

    boolean isSameAs(BasicFileAttributes seen) {
        Object other = seen.fileKey();
        return key == null ? other == null : key.equals(other);
    }

    boolean hasContentOf(BasicFileAttributes seen) {
        return size == seen.size() && modified == seen.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    }

    /** Whether this is what the other one was, under another name. */
    boolean wasBefore(Entry other) {
        return key != null && key.equals(other.key) && born == other.born && isDirectory == other.isDirectory;
    }

    boolean hasContentOf(Entry other) {
        return size == other.size && modified == other.modified;
    }
}
