package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats.ReactorStats;
import io.millio.work.WorkerPool;
import java.util.List;
import java.util.function.Function;

/** The meters of one loop, or of several as one: reactors, timers and workers. For any thread. */
final class LoopMeters {
    private static final String SECONDS = "seconds";

    private final String loop;
    private final Snapshot<LoopFigures> figures;
    private final Utilization utilization;

    /**
     * @param loop the value of the tag {@code loop}
     * @param loops the loops that it stands for
     */
    LoopMeters(String loop, List<EventLoop> loops) {
        List<EventLoop> all = List.copyOf(loops);
        this.loop = loop;
        this.figures = new Snapshot<>(() -> LoopFigures.of(all), now -> 0);
        this.utilization = new Utilization(figures);
    }

    void bindTo(MeterRegistry registry) {
        Meters<LoopFigures> meters = new Meters<>(registry, figures, Tags.of("loop", loop));
        bindTime(meters);
        bindEvents(meters);
        bindTasks(meters);
        bindTimers(meters);
        bindWorkers(new Meters<>(registry, figures, Tags.of("pool", loop)), LoopFigures::workers);
        if (!figures.get().virtual().isEmpty()) {
            bindWorkers(new Meters<>(registry, figures, Tags.of("pool", loop + "-virtual")), LoopFigures::virtual);
        }
    }

    private void bindTime(Meters<LoopFigures> meters) {
        String selects = "Waits of the reactors, by what ended them";
        meters.with("result", "ready")
                .counter("mill.loop.selects", "selects", selects, now -> now.sum(ReactorStats::selectsReady));
        meters.with("result", "empty")
                .counter("mill.loop.selects", "selects", selects, now -> now.sum(ReactorStats::selectsEmpty));
        meters.with("result", "timeout")
                .counter("mill.loop.selects", "selects", selects, now -> now.sum(ReactorStats::selectsTimeout));
        String time = "Time that the reactors were at work or waiting";
        meters.with("state", "active")
                .counter("mill.loop.time", SECONDS, time, now -> now.seconds(ReactorStats::active));
        meters.with("state", "idle").counter("mill.loop.time", SECONDS, time, now -> now.seconds(ReactorStats::idle));
        meters.gauge(
                "mill.loop.utilization",
                "ratio",
                "Share of time that the reactors were at work, since the last reading",
                now -> utilization.share());
        meters.secondsGauge(
                "mill.loop.lag",
                "How long something ready may have waited for its reactor: 99th percentile of the last minute",
                now -> now.maxSeconds(ReactorStats::lagP99));
        meters.secondsGauge(
                "mill.loop.lag.max",
                "How long something ready may have waited for its reactor: maximum of the last minute",
                now -> now.maxSeconds(ReactorStats::lagMax));
        meters.counter("mill.loop.stalls", "stalls", "Reactors found blocked", now -> now.sum(ReactorStats::stalls));
    }

    private static void bindEvents(Meters<LoopFigures> meters) {
        String events = "Events that the reactors handled";
        meters.with("op", "accept")
                .counter("mill.loop.events", BaseUnits.EVENTS, events, now -> now.sum(ReactorStats::accepts));
        meters.with("op", "read")
                .counter("mill.loop.events", BaseUnits.EVENTS, events, now -> now.sum(ReactorStats::reads));
        meters.with("op", "write")
                .counter("mill.loop.events", BaseUnits.EVENTS, events, now -> now.sum(ReactorStats::writes));
        meters.with("op", "connect")
                .counter("mill.loop.events", BaseUnits.EVENTS, events, now -> now.sum(ReactorStats::connects));
        meters.counter(
                "mill.loop.wakeups", "wakeups", "Wake-ups sent to reactors", now -> now.sum(ReactorStats::wakeups));
        meters.gauge("mill.loop.keys", "keys", "Channels watched", now -> now.sum(ReactorStats::keys));
        meters.counter("mill.loop.rebuilds", "rebuilds", "Selectors replaced", now -> now.sum(ReactorStats::rebuilds));
    }

    private static void bindTasks(Meters<LoopFigures> meters) {
        meters.counter(
                "mill.loop.tasks", BaseUnits.TASKS, "Tasks run by the reactors", now -> now.sum(ReactorStats::tasks));
        meters.gauge(
                "mill.loop.tasks.pending",
                BaseUnits.TASKS,
                "Tasks waiting for a reactor",
                now -> now.sum(ReactorStats::tasksPending));
    }

    private static void bindTimers(Meters<LoopFigures> meters) {
        meters.gauge("mill.timer.pending", "timers", "Timers waiting", now -> now.sum(ReactorStats::timersPending));
        meters.counter("mill.timer.fired", "timers", "Timers fired", now -> now.sum(ReactorStats::timersFired));
        meters.counter(
                "mill.timer.cancelled", "timers", "Timers cancelled", now -> now.sum(ReactorStats::timersCancelled));
        meters.timer(
                "mill.timer.lateness",
                "How late timers fired",
                now -> (long) now.sum(ReactorStats::timersFired),
                now -> now.seconds(ReactorStats::timerLateness));
    }

    private static void bindWorkers(Meters<LoopFigures> meters, Function<LoopFigures, List<WorkerPool.Stats>> pools) {
        WorkerMeters.bindThreads(
                meters,
                now -> LoopFigures.sum(pools.apply(now), WorkerPool.Stats::threads),
                now -> LoopFigures.sum(pools.apply(now), WorkerPool.Stats::active));
        WorkerMeters.bindWork(
                meters.with("priority", "none"),
                now -> LoopFigures.sum(pools.apply(now), WorkerPool.Stats::queued),
                now -> LoopFigures.sum(pools.apply(now), WorkerPool.Stats::completed),
                now -> LoopFigures.sum(pools.apply(now), WorkerPool.Stats::rejected),
                now -> LoopFigures.seconds(pools.apply(now), WorkerPool.Stats::waited),
                now -> LoopFigures.seconds(pools.apply(now), WorkerPool.Stats::ran));
    }
}
