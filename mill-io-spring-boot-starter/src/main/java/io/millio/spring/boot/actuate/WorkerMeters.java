package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** What every pool of threads shows, whichever its figures are; stateless. */
final class WorkerMeters {
    private WorkerMeters() {}

    static <T> void bindThreads(Meters<T> meters, ToLongFunction<T> threads, ToLongFunction<T> active) {
        String name = "mill.workers.threads";
        String text = "Threads of the worker pool";
        meters.with("state", "active").gauge(name, BaseUnits.THREADS, text, active::applyAsLong);
        meters.with("state", "max").gauge(name, BaseUnits.THREADS, text, threads::applyAsLong);
        meters.with("state", "idle").gauge(name, BaseUnits.THREADS, text, now ->
                (double) (threads.applyAsLong(now) - active.applyAsLong(now)));
    }

    /** With the time of waiting and of running in seconds. */
    static <T> void bindWork(
            Meters<T> meters,
            ToLongFunction<T> queued,
            ToLongFunction<T> completed,
            ToLongFunction<T> rejected,
            ToDoubleFunction<T> waited,
            ToDoubleFunction<T> ran) {
        meters.gauge(
                "mill.workers.queued", BaseUnits.TASKS, "Tasks and sources waiting for a worker", queued::applyAsLong);
        meters.counter(
                "mill.workers.completed",
                BaseUnits.TASKS,
                "Tasks, and turns of sources, that workers have run",
                completed::applyAsLong);
        meters.counter(
                "mill.workers.rejected",
                BaseUnits.TASKS,
                "Tasks refused by a worker pool that was full or not running",
                rejected::applyAsLong);
        meters.timer("mill.workers.wait", "Time from being queued to being run by a worker", completed, waited);
        meters.timer("mill.workers.run", "Time of being run by a worker", completed, ran);
    }
}
