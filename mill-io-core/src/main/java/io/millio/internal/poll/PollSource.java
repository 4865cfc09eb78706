package io.millio.internal.poll;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/** A channel watched by one reactor, whose thread owns every field; it travels as the attachment of its selection key. */
public abstract class PollSource {
    private final SelectableChannel channel;

    /** The key while the source is registered; belongs to the reactor. */
    public @Nullable SelectionKey key;

    /** What is to be watched from the next select on; belongs to the reactor. */
    public int wantedOps;

    /** Whether the source stands in the reactor's list of interest changes; belongs to the reactor. */
    public boolean changing;

    protected PollSource(SelectableChannel channel) {
        this.channel = channel;
    }

    public final SelectableChannel channel() {
        return channel;
    }

    /** The channel is ready for some of the watched operations. On the reactor's thread, outside select; throws nothing. */
    public abstract void ready(int readyOps);

    /** The channel was closed by somebody else, or can no longer be watched. On the reactor's thread; nothing follows. */
    public abstract void lost(@Nullable Throwable cause);
}
