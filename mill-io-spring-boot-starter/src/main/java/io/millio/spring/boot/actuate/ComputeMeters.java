package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millio.loop.EventLoop;
import io.millio.work.ComputePool;
import io.millio.work.Priority;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The meters of the compute pool of one loop, or of several as one, by priority. For any thread. */
final class ComputeMeters {
    private final String pool;
    private final List<ComputePool> pools;

    /** Held here, for a registry holds what it reads only weakly. */
    private final Snapshot<List<ComputePool>> source;

    /**
     * @param loop the name of the loop, or of them all
     */
    ComputeMeters(String loop, List<EventLoop> loops) {
        this.pool = loop + "-compute";
        this.pools = loops.stream().map(EventLoop::compute).toList();
        this.source = new Snapshot<>(() -> pools, now -> 0);
    }

    void bindTo(MeterRegistry registry) {
        Meters<List<ComputePool>> meters = new Meters<>(registry, source, Tags.of("pool", pool));
        WorkerMeters.bindThreads(meters, now -> threads(), now -> active());
        for (Priority priority : Priority.values()) {
            WorkerMeters.bindWork(
                    meters.with("priority", priority.name().toLowerCase(Locale.ROOT)),
                    now -> sum(priority, ComputePool.Stats::queued),
                    now -> sum(priority, ComputePool.Stats::completed),
                    now -> sum(priority, ComputePool.Stats::rejected),
                    now -> seconds(priority, ComputePool.Stats::waited),
                    now -> seconds(priority, ComputePool.Stats::ran));
        }
    }

    private long threads() {
        return pools.stream().mapToLong(ComputePool::threads).sum();
    }

    private long active() {
        long active = 0;
        for (Priority priority : Priority.values()) {
            active += sum(priority, ComputePool.Stats::active);
        }
        return active;
    }

    private long sum(Priority priority, ToLongFunction<ComputePool.Stats> figure) {
        return pools.stream()
                .mapToLong(each -> figure.applyAsLong(each.stats(priority)))
                .sum();
    }

    private double seconds(Priority priority, Function<ComputePool.Stats, Duration> figure) {
        return pools.stream()
                .mapToDouble(each -> LoopFigures.seconds(figure.apply(each.stats(priority))))
                .sum();
    }
}
