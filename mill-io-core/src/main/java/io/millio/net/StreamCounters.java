package io.millio.net;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a server or endpoint has done over all its lives; for any thread. */
final class StreamCounters {
    private static final int MAX_ERROR_KINDS = 64;

    private final Map<String, LongAdder> rejected = new ConcurrentHashMap<>();
    final LongAdder accepted = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    final LongAdder messagesIn = new LongAdder();
    final LongAdder messagesOut = new LongAdder();
    final LongAdder readsPaused = new LongAdder();
    final LongAdder durationNanos = new LongAdder();
    final LongAdder acceptFailures = new LongAdder();
    private final Map<CloseReason, LongAdder> closed = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

    void closed(CloseReason reason, long nanos) {
        durationNanos.add(nanos);
        closed.computeIfAbsent(reason, key -> new LongAdder()).increment();
    }

    /** By the class of what was thrown; classes made at run time end up together, so that the number of meters stays bounded. */
    void handlerError(Throwable error) {
        String kind = error.getClass().getSimpleName();
        LongAdder count = errors.get(kind);
        if (count == null) {
            count = errors.computeIfAbsent(errors.size() < MAX_ERROR_KINDS ? kind : "other", key -> new LongAdder());
        }
        count.increment();
    }

    void rejected(String limit) {
        rejected.computeIfAbsent(limit, key -> new LongAdder()).increment();
    }

    Map<String, Long> rejectedByLimit() {
        Map<String, Long> counts = new TreeMap<>();
        rejected.forEach((limit, count) -> counts.put(limit, count.sum()));
        return counts;
    }

    Map<CloseReason, Long> closedByReason() {
        Map<CloseReason, Long> counts = new EnumMap<>(CloseReason.class);
        closed.forEach((reason, count) -> counts.put(reason, count.sum()));
        return counts;
    }

    Map<String, Long> errorsByKind() {
        Map<String, Long> counts = new TreeMap<>();
        errors.forEach((kind, count) -> counts.put(kind, count.sum()));
        return counts;
    }
}
