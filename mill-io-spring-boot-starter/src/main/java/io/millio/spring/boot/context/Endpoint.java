package io.millio.spring.boot.context;

import io.millio.loop.DrainReport;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A server or a channel together with its handler. Started and stopped any number of times by the thread that runs the
 * context's lifecycle; the address may be asked for by any thread.
 */
interface Endpoint {
    /** Opens the port or channel, or throws and leaves nothing open. Does nothing if that is open. */
    void open();

    /** Whether it serves; if not although it was opened, {@link #describe} says why. */
    boolean isOpen();

    /** What is open now, for one line in the log. */
    String describe();

    /** Ends it when its work has ended, without blocking; only for a loop that goes on afterwards. */
    CompletionStage<DrainReport> drain(Duration timeout);

    /** Ends what is left, without blocking. */
    void close();

    /** Ends it for good, without blocking, so that a loop that goes on keeps nothing of it. */
    void release();

    /** What carries the bytes, in a word; empty if that is unknown. */
    String transport();

    /** Throws IllegalStateException while nothing is open. */
    SocketAddress localAddress();
}
