package io.millio.spring.boot.actuate;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Figures that are fetched together and read one by one, each time anew unless fetching is expensive: then one look may serve all
 * the meters of a scrape. For any thread; guarded by its monitor.
 *
 * @param <T> an immutable record of figures
 */
final class Snapshot<T> {
    /** Well below the interval of any scrape, well above the duration of one. */
    private static final long MAX_AGE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Supplier<T> source;
    private final ToLongFunction<T> ageNanos;
    private @Nullable T figures;
    private long takenNanos;

    /**
     * @param ageNanos how old figures may become, given these
     */
    Snapshot(Supplier<T> source, ToLongFunction<T> ageNanos) {
        this.source = source;
        this.ageNanos = ageNanos;
    }

    synchronized T get() {
        long now = System.nanoTime();
        T current = figures;
        if (current == null || now - takenNanos >= Math.min(MAX_AGE_NANOS, ageNanos.applyAsLong(current))) {
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
