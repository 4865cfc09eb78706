package io.millio.sample.statsd;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** One name with one combination of tags, as a meter. For any thread. */
@FunctionalInterface
interface Series {
    /** Adds what a line says; whether there was room for it. */
    boolean add(Metric metric);

    /**
     * Registers the meter.
     *
     * @param members the number of values that all sets together remember
     */
    static Series register(MeterRegistry registry, String name, Metric first, AtomicInteger members) {
        return switch (first.type()) {
            case COUNTER -> counter(Counter.builder(name).tags(first.tags()).register(registry));
            case GAUGE -> gauge(registry, name, first);
            case TIMER -> timer(Timer.builder(name).tags(first.tags()).register(registry));
            case SUMMARY ->
                summary(DistributionSummary.builder(name).tags(first.tags()).register(registry));
            case SET -> set(registry, name, first, members);
        };
    }

    private static Series counter(Counter counter) {
        return metric -> {
            counter.increment(metric.value() / metric.rate());
            return true;
        };
    }

    private static Series gauge(MeterRegistry registry, String name, Metric first) {
        AtomicLong bits = new AtomicLong();
        // A registry holds only weakly what its gauges look at; what is returned here is held by who asked, and holds
        // it.
        Gauge.builder(name, bits, value -> Double.longBitsToDouble(value.get()))
                .tags(first.tags())
                .register(registry);
        return metric -> {
            bits.updateAndGet(old ->
                    Double.doubleToLongBits((metric.relative() ? Double.longBitsToDouble(old) : 0) + metric.value()));
            return true;
        };
    }

    private static Series timer(Timer timer) {
        Repetition repetition = new Repetition();
        return metric -> {
            long nanos = Math.round(metric.value() * 1e6);
            for (int i = repetition.times(metric.rate()); i > 0; i--) {
                timer.record(nanos, TimeUnit.NANOSECONDS);
            }
            return true;
        };
    }

    private static Series summary(DistributionSummary summary) {
        Repetition repetition = new Repetition();
        return metric -> {
            for (int i = repetition.times(metric.rate()); i > 0; i--) {
                summary.record(metric.value());
            }
            return true;
        };
    }

    private static Series set(MeterRegistry registry, String name, Metric first, AtomicInteger members) {
        DistinctValues values =
                new DistinctValues(() -> registry.config().clock().monotonicTime(), members, StatsdLimits.MEMBERS);
        Gauge.builder(name, values, DistinctValues::count).tags(first.tags()).register(registry);
        return metric -> values.add(metric.member());
    }
}
