package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the wheel refuses, with which words, and that a refusal changes nothing. */
class TimerWheelMisuseTest extends ManualWheel {
    @Test
    void advanceFromATaskIsRefusedWithItsReason() {
        wheel.schedule(0, () -> wheel.advance(1));
        wheel.advance(ALL);
        assertThat(errors).singleElement().isInstanceOf(IllegalStateException.class);
        assertThat(errors.get(0)).hasMessageContaining("by a task of the same wheel");
        errors.clear();
    }

    @Test
    void wrongArgumentsAreRefusedWithTheirValue() {
        assertThatThrownBy(() -> new TimerWheel(ticker, 0, errors::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxTimers is 0");
        assertThatThrownBy(() -> wheel.advance(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxCallbacks is -1");
        assertThatThrownBy(() -> wheel.schedule(1, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("task");
        assertThatThrownBy(() -> wheel.submit(1, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("task");
        assertThat(wheel.pending()).isZero();
        assertThatThrownBy(() -> new TimerWheel(null, errors::add))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("ticker");
        assertThatThrownBy(() -> new TimerWheel(ticker, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("errors");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aPeriodBelowOneIsRefusedWithItsValue(long period) {
        List<Runnable> calls = List.of(
                () -> wheel.scheduleAtFixedRate(1, period, task("")),
                () -> wheel.scheduleWithFixedDelay(1, period, task("")),
                () -> wheel.submitAtFixedRate(1, period, task("")),
                () -> wheel.submitWithFixedDelay(1, period, task("")));
        for (Runnable call : calls) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("periodNanos is " + period);
        }
        assertThat(wheel.pending()).isZero();
    }

    @Test
    void timersBeyondTheLimitAreRejectedNamingItUntilOneEnds() {
        List<Timeout> timeouts = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            timeouts.add(i % 2 == 0 ? wheel.schedule(HOUR, task("t")) : wheel.submit(HOUR, task("t")));
        }
        for (Runnable call : List.<Runnable>of(
                () -> wheel.schedule(1, task("")),
                () -> wheel.submit(1, task("")),
                () -> wheel.scheduleAtFixedRate(1, 1, task("")),
                () -> wheel.submitWithFixedDelay(1, 1, task("")))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("limit of 1000 waiting timers");
        }
        assertThat(wheel.pending()).isEqualTo(1000);
        timeouts.get(0).cancel();
        wheel.schedule(HOUR, task("in its place"));
        assertThatThrownBy(() -> wheel.schedule(1, task(""))).isInstanceOf(RejectedExecutionException.class);
        ticker.advanceNanos(HOUR);
        assertThat(wheel.advance(ALL)).isEqualTo(1000);
        wheel.submit(1, task("")).cancel();
    }

    @Test
    void aTaskThatFiresAtTheLimitMayScheduleItsSuccessor() {
        TimerWheel single = new TimerWheel(ticker, 1, errors::add);
        single.schedule(0, () -> single.schedule(MILLI, task("successor")));
        single.advance(ALL);
        assertThat(errors).isEmpty();
        assertThat(single.pending()).isOne();
    }
}
