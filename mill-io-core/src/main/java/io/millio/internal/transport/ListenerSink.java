package io.millio.internal.transport;

import io.millio.internal.ReactorPort;

/** What a listener tells the server above it; on the listener's reactor, throws nothing. */
public interface ListenerSink {
    /** How many more connections may be accepted now; 0 or less stops until the listener is resumed. */
    int room();

    /** The reactor on which the next connection is to live. */
    ReactorPort nextReactor();

    /** A connection has come; its transport has not been started. */
    void accepted(Transport transport, ReactorPort reactor);

    /** Accepting failed although the listener is open. */
    void acceptFailed(Throwable cause);
}
