package io.millio.sample.statsd;

/**
 * How often one sampled event is to be recorded: at a rate of 0.3 three times, and every third time once more. For any thread, under its
 * monitor.
 */
final class Repetition {
    private double owed;

    synchronized int times(double rate) {
        // Half a millionth forgives 1 / 0.1 / 10 and its like for not being whole.
        owed += 1 / rate;
        int times = (int) (owed + 5e-7);
        owed -= times;
        return times;
    }
}
