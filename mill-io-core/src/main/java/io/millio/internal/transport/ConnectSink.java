package io.millio.internal.transport;

import java.io.IOException;

/** What an attempt to connect tells the client above it: one of the two, once, on the reactor on which the stream is to live. */
public interface ConnectSink {
    /** The stream is established; its transport has not been started. */
    void connected(Transport transport);

    void failed(IOException cause);
}
