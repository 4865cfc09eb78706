package io.millio.internal.transport;

import io.millio.internal.ReactorPort;
import java.io.IOException;
import java.net.SocketAddress;

/** What accepts streams for a {@link ListenerSink}; bound when it is made, and the reactor's from {@link #start} on. */
public interface Listener {
    /** Any thread: the address that was really bound. */
    SocketAddress address();

    /** Begins to accept. */
    void start(ReactorPort owner) throws IOException;

    /** Leaves new connections where they wait. */
    void pause();

    void resume();

    /**
     * Accepts what waits and closes; closing first would reset clients that are connected already.
     *
     * @param closed run on the reactor once the address is free
     */
    void drainAndClose(Runnable closed);

    /** Closes; clients that wait are reset. Any thread if it was never started. */
    void close();
}
