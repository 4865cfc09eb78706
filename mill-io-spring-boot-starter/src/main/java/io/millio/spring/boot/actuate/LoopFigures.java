package io.millio.spring.boot.actuate;

import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.loop.LoopStats.ReactorStats;
import io.millio.work.WorkerPool;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The figures of one or more loops as one: counts are summed over all reactors, the lag is the worst. Immutable.
 *
 * @param reactors the reactors of all the loops
 * @param workers the worker pools of all the loops
 * @param virtual their virtual threads; empty if the JDK has none
 */
record LoopFigures(List<ReactorStats> reactors, List<WorkerPool.Stats> workers, List<WorkerPool.Stats> virtual) {
    static final double NANOS_PER_SECOND = 1e9;

    static LoopFigures of(List<EventLoop> loops) {
        List<LoopStats> stats = loops.stream().map(EventLoop::stats).toList();
        return new LoopFigures(
                stats.stream().flatMap(loop -> loop.reactors().stream()).toList(),
                stats.stream().map(LoopStats::workers).toList(),
                stats.stream().flatMap(loop -> loop.virtual().stream()).toList());
    }

    double sum(ToLongFunction<ReactorStats> figure) {
        return reactors.stream().mapToLong(figure).sum();
    }

    double seconds(Function<ReactorStats, Duration> figure) {
        return reactors.stream()
                .mapToDouble(reactor -> seconds(figure.apply(reactor)))
                .sum();
    }

    double maxSeconds(Function<ReactorStats, Duration> figure) {
        return reactors.stream()
                .mapToDouble(reactor -> seconds(figure.apply(reactor)))
                .max()
                .orElse(0);
    }

    static long sum(List<WorkerPool.Stats> pools, ToLongFunction<WorkerPool.Stats> figure) {
        return pools.stream().mapToLong(figure).sum();
    }

    static double seconds(List<WorkerPool.Stats> pools, Function<WorkerPool.Stats, Duration> figure) {
        return pools.stream().mapToDouble(pool -> seconds(figure.apply(pool))).sum();
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / NANOS_PER_SECOND;
    }
}
