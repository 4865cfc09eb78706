package io.millio.sample.statsd;

import java.util.ArrayList;
import java.util.List;

/** The types of metrics, as senders name them, with the samples that Prometheus shows of each; for any thread. */
enum MetricType {
    COUNTER,
    GAUGE,
    TIMER,
    SUMMARY,
    SET;

    static MetricType of(String text) throws MalformedLineException {
        return switch (text) {
            case "c" -> COUNTER;
            case "g" -> GAUGE;
            case "ms" -> TIMER;
            case "h", "d" -> SUMMARY;
            case "s" -> SET;
            default -> throw new MalformedLineException(MalformedLineException.Reason.TYPE);
        };
    }

    /** All that a metric of this type and name occupies there. */
    List<String> samples(String name) {
        return switch (this) {
            case COUNTER -> List.of(name, name + "_total");
            case GAUGE, SET -> List.of(name);
            case TIMER -> {
                List<String> samples = new ArrayList<>(SUMMARY.samples(name + "_seconds"));
                samples.add(name);
                yield samples;
            }
            case SUMMARY -> List.of(name, name + "_count", name + "_sum", name + "_max", name + "_bucket");
        };
    }
}
