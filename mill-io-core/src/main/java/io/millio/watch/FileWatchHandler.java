package io.millio.watch;

/**
 * What is done with the changes that a watch has found.
 *
 * <p>Callbacks of one watch never overlap. They run on the reactor with DIRECT dispatch, where they must not block, and
 * on a worker or virtual thread otherwise, where they may. {@link #onOpen} comes before everything else, {@link
 * #onClose} last, each once for every start of the watch. While a handler is busy the changes behind it are gathered:
 * it is told their sum, and nothing piles up.
 *
 * <p>A callback that throws anything is reported to the loop's error listener, counted, and told to {@link #onError};
 * the watch goes on.
 */
@FunctionalInterface
public interface FileWatchHandler {
    /** The watch has begun: every change from now on is told. */
    default void onOpen(FileWatch watch) throws Exception {}

    /**
     * A path has changed. Whoever applies the events in their order to a set of paths (CREATED adds, DELETED removes,
     * RENAMED removes one and adds the other) has the same set as the directory, as soon as nothing changes any more.
     */
    void onEvent(FileWatch watch, FileEvent event) throws Exception;

    /**
     * The events so far, the first scan's included, are all that one look at the directory has found: the moment to act
     * on them.
     */
    default void onSettled(FileWatch watch) throws Exception {}

    /**
     * A callback threw, or a part of the tree cannot be read or watched; the text says which part, and what to do. Each
     * such part is told once, left out as far as it has to be, and tried again until it can be read. The loop's error
     * listener is told as well.
     */
    default void onError(FileWatch watch, Throwable error) throws Exception {}

    /** The watch has ended; nothing follows until it is started again. */
    default void onClose(FileWatch watch) throws Exception {}
}
