package io.millio.net;

/** Work for a connection that outlives the callback that began it; see {@link Connection#beginWork()}. */
public interface Work extends AutoCloseable {
    /** Ends the work; from any thread, and only the first call counts. */
    @Override
    void close();
}
