package io.millio.spring.boot.actuate;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * The counters of what callbacks have thrown, one for each kind. For any thread.
 *
 * <p>Which exceptions there are is known only when they have been thrown, so each look at the figures meets the new ones; they
 * show at the look after that. The kind "none", always zero, is the one that is always there to be looked at.
 *
 * @param <T> the figures
 */
final class HandlerErrors<T> {
    private final Function<T, Map<String, Long>> counts;
    private final List<Meters<T>> bound = new CopyOnWriteArrayList<>();
    private final Set<String> kinds = ConcurrentHashMap.newKeySet();

    HandlerErrors(Function<T, Map<String, Long>> counts) {
        this.counts = counts;
    }

    synchronized void bind(Meters<T> meters) {
        bind(meters, "none");
        kinds.forEach(kind -> bind(meters, kind));
        bound.add(meters);
    }

    void seen(T figures) {
        Set<String> now = counts.apply(figures).keySet();
        if (!kinds.containsAll(now)) {
            add(now);
        }
    }

    private synchronized void add(Set<String> now) {
        now.stream().filter(kinds::add).forEach(kind -> bound.forEach(meters -> bind(meters, kind)));
    }

    private void bind(Meters<T> meters, String kind) {
        meters.with("exception", kind)
                .counter("mill.handler.errors", "errors", "What callbacks of handlers have thrown", now -> counts.apply(
                                now)
                        .getOrDefault(kind, 0L));
    }
}
