package io.millio.loop;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * What happened to one registration; lent to the handler for the length of its call and reused afterwards.
 * Owned by the thread that runs the handler.
 */
public final class Event {
    private static final int READS = SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;
    private static final int WRITES = SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;

    private final Token token;
    private final @Nullable Registration registration;
    private final @Nullable SelectableChannel channel;
    private int ready;
    private boolean closed;

    Event(Token token, @Nullable Registration registration, @Nullable SelectableChannel channel) {
        this.token = token;
        this.registration = registration;
        this.channel = channel;
    }

    Event set(int readyOps, boolean isClosed) {
        ready = readyOps;
        closed = isClosed;
        return this;
    }

    /** The token that the channel or trigger was registered with. */
    public Token token() {
        return token;
    }

    /** Whether there is something to read or to accept, or the stream has ended; true for a trigger that has fired. */
    public boolean isReadable() {
        return (ready & READS) != 0;
    }

    /** Whether there is room to write, or a connection attempt has ended. */
    public boolean isWritable() {
        return (ready & WRITES) != 0;
    }

    /**
     * Whether this is the last event, because somebody other than the owner ended the registration: the channel was
     * closed, or the loop stops.
     */
    public boolean isClosed() {
        return closed;
    }

    /** The registration; throws IllegalStateException for the event of a trigger, which has none. */
    public Registration registration() {
        if (registration == null) {
            throw new IllegalStateException(token + " belongs to a trigger, which has no registration");
        }
        return registration;
    }

    /** The channel as registered; throws IllegalStateException for the event of a trigger, which has none. */
    public SelectableChannel channel() {
        if (channel == null) {
            throw new IllegalStateException(token + " belongs to a trigger, which has no channel");
        }
        return channel;
    }
}
