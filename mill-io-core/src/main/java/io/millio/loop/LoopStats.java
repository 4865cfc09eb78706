package io.millio.loop;

import io.millio.work.WorkerPool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot of what a loop has done since it was made; counters go on over stop and start. Each figure is exact, but
 * figures are read one after the other and may be an instant apart.
 *
 * @param state where the loop is in its life
 * @param reactors one entry for each reactor, in order
 * @param workers the worker pool
 * @param virtual the virtual threads of VIRTUAL dispatch, if the JDK has them
 * @param errors failures contained and reported so far
 */
public record LoopStats(
        State state,
        List<ReactorStats> reactors,
        WorkerPool.Stats workers,
        Optional<WorkerPool.Stats> virtual,
        long errors) {
    /** Copies the list. */
    public LoopStats {
        reactors = List.copyOf(reactors);
    }

    /** The life of a loop. */
    public enum State {
        /** Made, and not started yet. */
        NEW,
        /** Serving. */
        RUNNING,
        /** Answering what was received before it stops. */
        DRAINING,
        /** Stopped; can be started again. */
        STOPPED,
        /** Closed for good. */
        CLOSED
    }

    /**
     * One reactor.
     *
     * @param selectsReady waits that ended with ready channels
     * @param selectsEmpty waits that ended by a wake-up, or asked without waiting and found nothing
     * @param selectsTimeout waits that ended by their time-out
     * @param active time spent outside select
     * @param idle time spent waiting
     * @param accepts connections accepted; for registrations, events that said there is one
     * @param reads read events
     * @param writes write events (a socket had room again)
     * @param connects connection attempts ended
     * @param wakeups wake-ups sent to the reactor
     * @param tasks tasks run
     * @param tasksPending tasks waiting
     * @param keys channels watched
     * @param rebuilds selectors replaced
     * @param stalls blockages seen by the watchdog
     * @param lagMax longest turn of the last 30 to 60 s: how long something ready may have waited
     * @param lagP99 99th percentile of the same
     * @param turn how long the reactor has been away from its selector now; zero while it waits there
     * @param timersPending timers waiting
     * @param timersFired timers fired
     * @param timersCancelled timers cancelled
     * @param timerLateness sum of how late timers fired
     * @param timerLatenessMax the largest lateness
     */
    public record ReactorStats(
            long selectsReady,
            long selectsEmpty,
            long selectsTimeout,
            Duration active,
            Duration idle,
            long accepts,
            long reads,
            long writes,
            long connects,
            long wakeups,
            long tasks,
            int tasksPending,
            int keys,
            long rebuilds,
            long stalls,
            Duration lagMax,
            Duration lagP99,
            Duration turn,
            int timersPending,
            long timersFired,
            long timersCancelled,
            Duration timerLateness,
            Duration timerLatenessMax) {}
}
