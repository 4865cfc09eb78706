package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Registers meters over one snapshot. A registry holds the snapshot only weakly, so its owner keeps it. Used by the thread that
 * binds; the figures are read by any.
 *
 * @param <T> the figures
 */
final class Meters<T> {
    private final MeterRegistry registry;
    private final Snapshot<T> figures;
    private final Tags tags;

    Meters(MeterRegistry registry, Snapshot<T> figures, Tags tags) {
        this.registry = registry;
        this.figures = figures;
        this.tags = tags;
    }

    /** The same with more tags, given as keys and values in turn. */
    Meters<T> with(String... more) {
        return new Meters<>(registry, figures, tags.and(more));
    }

    void counter(String name, String unit, String description, ToDoubleFunction<T> figure) {
        FunctionCounter.builder(name, figures, snapshot -> snapshot.read(figure))
                .baseUnit(unit)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    void gauge(String name, String unit, String description, ToDoubleFunction<T> figure) {
        Gauge.builder(name, figures, snapshot -> snapshot.read(figure))
                .baseUnit(unit)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    void secondsGauge(String name, String description, ToDoubleFunction<T> seconds) {
        TimeGauge.builder(name, figures, TimeUnit.SECONDS, snapshot -> snapshot.read(seconds))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    void timer(String name, String description, ToLongFunction<T> count, ToDoubleFunction<T> seconds) {
        FunctionTimer.builder(
                        name,
                        figures,
                        snapshot -> count.applyAsLong(snapshot.get()),
                        snapshot -> snapshot.read(seconds),
                        TimeUnit.SECONDS)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
