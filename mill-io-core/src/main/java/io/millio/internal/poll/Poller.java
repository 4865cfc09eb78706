package io.millio.internal.poll;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One selector as a reactor sees it; every method but {@link #wakeup} is for the reactor's thread. */
public interface Poller extends AutoCloseable {
    /** Watches the source's channel; the key carries the source as its attachment. */
    SelectionKey register(PollSource source, int interestOps) throws IOException;

    /** The key of a channel that is watched, valid or just cancelled; null if there is none. */
    @Nullable
    SelectionKey keyFor(SelectableChannel channel);

    /**
     * Waits for readiness and hands each ready key to the consumer, which must only collect it: the selector's monitor is held.
     *
     * @param timeoutMillis 0 asks without waiting, {@link Long#MAX_VALUE} waits without end
     * @return the number of ready keys
     */
    int select(Consumer<SelectionKey> collector, long timeoutMillis) throws IOException;

    /** Any thread: ends a current or the next wait. */
    void wakeup();

    /** The keys that are registered and not yet released; a live view, of which only the size is cheap. */
    Set<SelectionKey> keys();

    @Override
    void close() throws IOException;

    /** Opens pollers; may be called by any thread. */
    interface Factory {
        Poller open() throws IOException;
    }
}
