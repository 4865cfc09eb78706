package io.millio.testkit;

import io.millio.time.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. Any thread may read and move it. */
public final class ManualTicker implements Ticker {
    private final AtomicLong nanos;

    /** Starts at 0. */
    public ManualTicker() {
        this(0);
    }

    public ManualTicker(long startNanos) {
        nanos = new AtomicLong(startNanos);
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    public void advance(Duration duration) {
        advanceNanos(duration.toNanos());
    }

    /** Moves on by any amount, past {@code Long.MAX_VALUE} if need be. */
    public void advanceNanos(long delta) {
        nanos.addAndGet(delta);
    }

    /** Jumps to any value, backwards too. */
    public void set(long value) {
        nanos.set(value);
    }

    @Override
    public String toString() {
        return "ManualTicker[" + nanos + "]";
    }
}
