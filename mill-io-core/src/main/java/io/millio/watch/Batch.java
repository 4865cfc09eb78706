package io.millio.watch;

import java.util.List;

/**
 * What one look at the tree has found; made by the watch thread, read by the mailbox.
 *
 * @param errors what could not be read or watched
 * @param events the changes, in an order in which each can be applied to what the ones before it have left
 */
record Batch(List<Throwable> errors, List<FileEvent> events) {}
