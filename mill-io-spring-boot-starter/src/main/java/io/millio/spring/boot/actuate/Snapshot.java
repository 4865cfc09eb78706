package io.millio.spring.boot.actuate;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Figures that are fetched together and read one by one, so that a scrape of twenty meters costs one look at the loop. For any
 * thread; guarded by its monitor.
 *
 * @param <T> an immutable record of figures
 */
final class Snapshot<T> {
    /** Well below the interval of any scrape, well above the duration of one. */
    private static final long MAX_AGE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Supplier<T> source;
    private @Nullable T figures;
    private long takenNanos;

    Snapshot(Supplier<T> source) {
        this.source = source;
    }

    synchronized T get() {
        long now = System.nanoTime();
        T current = figures;
        if (current == null || now - takenNanos > MAX_AGE_NANOS) {
            current = source.get();
            figures = current;
            takenNanos = now;
        }
        return current;
    }

    double read(ToDoubleFunction<T> figure) {
        return figure.applyAsDouble(get());
    }
}
