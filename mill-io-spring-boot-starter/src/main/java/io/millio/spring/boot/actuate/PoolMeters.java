package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.millio.pool.BufferPoolStats;
import java.util.Optional;
import java.util.function.Supplier;

/** The meters of the pool of buffers that the connections of one loop share, all zero until there is one. For any thread. */
final class PoolMeters {
    private static final BufferPoolStats NOTHING = new BufferPoolStats(0, 0, 0, 0, 0, 0, 0, 0, 0);

    private final String pool;
    private final Snapshot<BufferPoolStats> figures;

    PoolMeters(String pool, Supplier<Optional<BufferPoolStats>> source) {
        this.pool = pool;
        this.figures = new Snapshot<>(() -> source.get().orElse(NOTHING), now -> 0);
    }

    void bindTo(MeterRegistry registry) {
        Meters<BufferPoolStats> meters = new Meters<>(registry, figures, Tags.of("pool", pool));
        String objects = "Buffers that are lent, and kept to be lent again";
        meters.with("state", "used").gauge("mill.pool.objects", BaseUnits.BUFFERS, objects, BufferPoolStats::used);
        meters.with("state", "free").gauge("mill.pool.objects", BaseUnits.BUFFERS, objects, BufferPoolStats::free);
        meters.counter("mill.pool.acquired", BaseUnits.BUFFERS, "Buffers lent", BufferPoolStats::acquired);
        meters.counter("mill.pool.creations", BaseUnits.BUFFERS, "Buffers allocated", BufferPoolStats::creations);
        meters.counter("mill.pool.discarded", BaseUnits.BUFFERS, "Buffers given up", BufferPoolStats::discarded);
        meters.counter("mill.pool.leaks", BaseUnits.BUFFERS, "Buffers lost by their borrowers", BufferPoolStats::leaks);
        meters.with("area", "direct")
                .gauge(
                        "mill.pool.memory",
                        BaseUnits.BYTES,
                        "Memory of all buffers, lent and kept",
                        now -> now.bytesUsed() + now.bytesFree());
    }
}
