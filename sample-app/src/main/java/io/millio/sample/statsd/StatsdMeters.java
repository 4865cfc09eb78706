package io.millio.sample.statsd;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The meters of all that was sent so far, named {@code statsd.} and what senders call them. For any thread; a new series is registered
 * under the monitor.
 *
 * <p>Each name has one type, that of its first line. What belongs to one name are all the samples that Prometheus will show for it, so a
 * gauge {@code a.seconds.max} is refused beside a timer {@code a}: Micrometer would take both, and no scrape would succeed again.
 */
@Component
class StatsdMeters {
    static final String PREFIX = "statsd.";

    private final MeterRegistry registry;
    private final ConcurrentMap<SeriesId, Series> series = new ConcurrentHashMap<>();
    private final Map<String, Family> owners = new HashMap<>();
    private final AtomicInteger members = new AtomicInteger();

    StatsdMeters(MeterRegistry registry) {
        this.registry = registry;
        Family own = new Family(PREFIX, MetricType.COUNTER);
        for (String name : new String[] {"lines.accepted", "lines.malformed", "lines.dropped", "series"}) {
            MetricType.COUNTER.samples(underscored(name)).forEach(sample -> owners.put(sample, own));
        }
        Gauge.builder(PREFIX + "series", series, Map::size)
                .description("Combinations of names and tags that were received")
                .register(registry);
    }

    /** Adds what a line says, and returns why not, or null. */
    @Nullable
    Refusal add(Metric metric) {
        SeriesId id = new SeriesId(metric.name(), metric.type(), metric.tags());
        Series known = series.get(id);
        if (known == null) {
            Refusal refusal = register(id, metric);
            if (refusal != null) {
                return refusal;
            }
            known = series.get(id);
        }
        return known != null && known.add(metric) ? null : Refusal.MEMBERS;
    }

    private synchronized @Nullable Refusal register(SeriesId id, Metric metric) {
        if (series.containsKey(id)) {
            return null;
        }
        if (series.size() >= StatsdLimits.SERIES) {
            return Refusal.SERIES;
        }
        Family family = family(metric);
        if (family == null) {
            return Refusal.NAME_TAKEN;
        }
        if (family.series >= StatsdLimits.SERIES_OF_NAME) {
            return Refusal.SERIES_OF_NAME;
        }
        try {
            series.put(id, Series.register(registry, PREFIX + metric.name(), metric, members));
            family.series++;
            return null;
        } catch (IllegalArgumentException e) {
            // Another meter of the application has the name.
            return Refusal.NAME_TAKEN;
        }
    }

    /** Under the monitor: the family of the name, a new one if all its samples are free, or null. */
    private @Nullable Family family(Metric metric) {
        String name = underscored(metric.name());
        Family owner = owners.get(name);
        if (owner != null) {
            return owner.name.equals(name) && owner.type == metric.type() ? owner : null;
        }
        if (metric.type().samples(name).stream().anyMatch(owners::containsKey)) {
            return null;
        }
        Family family = new Family(name, metric.type());
        metric.type().samples(name).forEach(sample -> owners.put(sample, family));
        return family;
    }

    private static String underscored(String name) {
        return name.replace('.', '_');
    }

    /** Why a well-formed line is not taken; the tag of the counter. */
    enum Refusal {
        /** The name has another type, or is part of what another one shows. */
        NAME_TAKEN,
        /** Too many combinations of tags under this name. */
        SERIES_OF_NAME,
        /** Too many combinations of names and tags. */
        SERIES,
        /** The sets remember too many values. */
        MEMBERS
    }

    private record SeriesId(String name, MetricType type, Tags tags) {}

    /** A name with its type; under the monitor. */
    private static final class Family {
        private final String name;
        private final MetricType type;
        private int series;

        Family(String name, MetricType type) {
            this.name = name;
            this.type = type;
        }
    }
}
