package io.millio.loop;

import io.millio.time.Ticker;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts every failure, tells the listener of every failure, and logs at most one line per second and kind. For any thread. */
final class ErrorReporter {
    /** Kinds are classes of errors and of sources, so this bound is reached only by classes made at run time. */
    private static final int MAX_KINDS = 256;

    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final System.Logger LOG = System.getLogger("io.millio.loop");

    private final String loop;
    private final ErrorListener listener;
    private final Ticker ticker;
    private final LongAdder count = new LongAdder();
    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

    ErrorReporter(String loop, ErrorListener listener, Ticker ticker) {
        this.loop = loop;
        this.listener = listener;
        this.ticker = ticker;
        prepare();
    }

    /**
     * Loads now what the first report needs. Classes and time zones are read from files, and a report may well be about the
     * limit of open files; what cannot be loaded once, the JVM never tries to load again.
     */
    private void prepare() {
        new Kind(ticker.nanos());
        TimeZone.getDefault();
        LOG.isLoggable(System.Logger.Level.WARNING);
    }

    long count() {
        return count.sum();
    }

    void report(Object source, Throwable error) {
        count.increment();
        try {
            listener.onError(source, error);
        } catch (Throwable dropped) {
            log(listener, dropped);
        }
        log(source, error);
    }

    private void log(Object source, Throwable error) {
        try {
            long suppressed = kind(source, error).mayLog(ticker.nanos());
            if (suppressed >= 0) {
                String more = suppressed == 0 ? "" : " (and " + suppressed + " more of this kind since the last line)";
                LOG.log(
                        System.Logger.Level.WARNING,
                        "loop '" + loop + "': " + nameOf(source) + " failed" + more,
                        error);
            }
        } catch (Throwable unloggable) {
            // A logging back end has thrown: the count and the listener have the error all the same.
        }
    }

    private static String nameOf(Object source) {
        try {
            return source.toString();
        } catch (Throwable namesItselfBadly) {
            return source.getClass().getName();
        }
    }

    private Kind kind(Object source, Throwable error) {
        String name = source.getClass().getName() + ' ' + error.getClass().getName();
        Kind kind = kinds.get(name);
        if (kind == null) {
            kind = kinds.computeIfAbsent(kinds.size() < MAX_KINDS ? name : "other", key -> new Kind(ticker.nanos()));
        }
        return kind;
    }

    /** One kind of failure; the word holds the time of its last line. */
    private static final class Kind {
        private final AtomicLong lastLogged;
        private final LongAdder suppressed = new LongAdder();

        Kind(long now) {
            lastLogged = new AtomicLong(now - LOG_INTERVAL_NANOS);
        }

        /** The number of lines left out since the last one, or -1 if this one is to be left out too. */
        long mayLog(long now) {
            long last = lastLogged.get();
            if (now - last < LOG_INTERVAL_NANOS || !lastLogged.compareAndSet(last, now)) {
                suppressed.increment();
                return -1;
            }
            return suppressed.sumThenReset();
        }
    }
}
