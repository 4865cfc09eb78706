package io.millio.loop;

import java.time.Duration;
import java.util.List;

/**
 * What a drain achieved; immutable.
 *
 * @param duration from the request until everything was closed
 * @param drained connections and endpoints that were answered, flushed and closed
 * @param cut those that were still open at the deadline and were reset
 * @param stuck handlers and tasks that were still running at the deadline, each with its thread's name and stack
 */
public record DrainReport(Duration duration, long drained, long cut, List<String> stuck) {
    /** Copies the list. */
    public DrainReport {
        stuck = List.copyOf(stuck);
    }

    /** Whether nothing had to be cut and nothing was stuck at the deadline. */
    public boolean isClean() {
        return cut == 0 && stuck.isEmpty();
    }
}
