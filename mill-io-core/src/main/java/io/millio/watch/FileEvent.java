package io.millio.watch;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One change of one path; immutable, for any thread. Every path has its own event: a directory that is deleted or
 * renamed with all it holds gives one for each path in it, too.
 *
 * @param kind what happened
 * @param path the path now, below the path that is watched, or that path itself
 * @param from the path before, if it was renamed, or else null
 * @param directory whether it is a directory; a symbolic link never is, whatever it leads to
 */
public record FileEvent(Kind kind, Path path, @Nullable Path from, boolean directory) {
    /** What can happen to a path. */
    public enum Kind {
        /** The path is new. */
        CREATED,
        /**
         * The content or the attributes of a file have changed, or another file has taken its place. Not told of
         * directories.
         */
        MODIFIED,
        /** The path is gone. */
        DELETED,
        /**
         * The path {@code from} is gone and this is what it was; what was at this path before, if anything was, is gone
         * as well. Told where the file system has file keys and nothing has taken the old path meanwhile; elsewhere it
         * is DELETED and CREATED.
         */
        RENAMED
    }

    @Override
    public String toString() {
        return from == null ? kind + " " + path : kind + " " + from + " -> " + path;
    }
}
