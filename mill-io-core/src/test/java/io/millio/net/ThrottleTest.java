package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.time.Ticker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final long STEP = Duration.ofMillis(5).toNanos();

    /** A clock that goes on by a step whenever it is read, as one does under a thread that is preempted at every line. */
    private static final class JumpingTicker implements Ticker {
        private long nanos;
        private boolean jumps = true;

        @Override
        public long nanos() {
            return jumps ? nanos += STEP : nanos;
        }
    }

    /** What is read too early exceeds what the limit promises, by the rate times the time that passed within the question. */
    @Test
    void noReadIsAdmittedWhileAnythingIsOwedHoweverTheClockMovesMeanwhile() {
        JumpingTicker ticker = new JumpingTicker();
        RateLimit limit = RateLimit.of(0, 20_000, Duration.ofMillis(500), ticker);
        Throttle throttle = new Throttle(new HandReactor(ticker), null, limit);
        throttle.received(30_000);
        ticker.jumps = false;
        long before = ticker.nanos;
        while (throttle.read() > 0) {
            ticker.nanos += 1_000_000;
        }
        assertThat(ticker.nanos - before)
                .as("nanoseconds waited")
                .isBetween(1L, Duration.ofSeconds(1).toNanos());
        assertThat(limit.bytes.charge(0))
                .as("nanoseconds for which something is still owed")
                .isZero();
    }
}
