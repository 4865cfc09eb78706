package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A wheel of which the test's own thread is the owner, on a clock that the test moves, begun just below zero. */
abstract class ManualWheel {
    static final long MILLI = 1_000_000;
    static final long HOUR = Duration.ofHours(1).toNanos();
    static final int ALL = Integer.MAX_VALUE;

    final ManualTicker ticker = new ManualTicker(-5);
    final List<Throwable> errors = new ArrayList<>();
    final List<String> ran = new ArrayList<>();
    final TimerWheel wheel = new TimerWheel(ticker, 1000, errors::add);

    @AfterEach
    void structureIsWhole() {
        WheelStructure.check(wheel);
        assertThat(errors).isEmpty();
    }

    Runnable task(String name) {
        return () -> ran.add(name);
    }
}
