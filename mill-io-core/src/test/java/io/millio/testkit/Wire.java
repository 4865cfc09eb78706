package io.millio.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;

/** The blocking end of a stream on which a {@link Peer} stands, one for each kind of transport. One thread may read and another write. */
public interface Wire extends Closeable {
    /** Reading fails with a SocketTimeoutException after a generous time. */
    InputStream in() throws IOException;

    OutputStream out() throws IOException;

    SocketAddress address();

    /** Ends the output. */
    void finish() throws IOException;

    /** Closes so that the other side is reset, if the kind of stream knows resets. */
    void reset() throws IOException;
}
