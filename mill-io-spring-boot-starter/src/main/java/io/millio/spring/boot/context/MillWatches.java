package io.millio.spring.boot.context;

import io.millio.watch.FileWatch;
import java.util.Set;

/**
 * The file watches configured below {@code mill.watches}, by name. For any thread, once the context has been refreshed.
 */
public interface MillWatches {
    /** The names, in alphabetical order. */
    Set<String> names();

    /**
     * The watch of a name; it belongs to the context, which starts and ends it.
     *
     * @throws IllegalArgumentException if there is none; the text lists the names
     * @throws IllegalStateException if it is not built yet
     */
    FileWatch watch(String name);
}
