package io.millio.internal;

import java.util.concurrent.CompletionStage;

/** A part, such as a server, whose life hangs on a loop's life. */
public interface LoopComponent {
    /** The loop is about to run; thrown exceptions fail its start. On the thread that starts the loop. */
    void loopStarted();

    /**
     * Begins a drain that ends when the work has ended, or the loop; the loop answers the deadline by {@link #cut}. Any thread.
     */
    CompletionStage<DrainCount> drain();

    /** Whether others may need it for their last answers, so that it is drained when they have ended. Constant. */
    default boolean drainsLast() {
        return false;
    }

    /** Ends what is left at the deadline of a drain. Any thread. */
    void cut();

    /** The loop ends: close everything that lives on this reactor, now. On the reactor's thread. */
    void reactorStopping(ReactorPort reactor);

    /** The loop's life has ended on all reactors. */
    void loopStopped();
}
