package io.millio.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Threads;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long[] ORIGINS = {
        Long.MIN_VALUE, Long.MIN_VALUE + 1, -1_000, -1, 0, Long.MAX_VALUE - 1_000_000, Long.MAX_VALUE
    };

    private final ManualTicker ticker = new ManualTicker();

    private RateLimiter limiter(long permits, long burst) {
        return RateLimiter.of(permits, SECOND, burst, ticker);
    }

    @Test
    void aNewLimiterGrantsItsBurstAndNoMore() {
        RateLimiter limiter = limiter(10, 3);
        assertThat(limiter.tryAcquire()).isTrue();
        assertThat(limiter.tryAcquire(2)).isTrue();
        assertThat(limiter.tryAcquire()).isFalse();
        assertThat(limiter.nanosUntilAvailable(1)).isEqualTo(100_000_000);
        assertThat(limiter.nanosUntilAvailable(3)).isEqualTo(300_000_000);
    }

    @Test
    void aPermitComesBackAfterItsIntervalAndNotBefore() {
        RateLimiter limiter = limiter(10, 1);
        assertThat(limiter.tryAcquire()).isTrue();
        ticker.advanceNanos(99_999_999);
        assertThat(limiter.tryAcquire()).isFalse();
        ticker.advanceNanos(1);
        assertThat(limiter.tryAcquire()).isTrue();
    }

    @Test
    void aPauseOfAnyLengthSavesUpNoMoreThanTheBurst() {
        RateLimiter limiter = limiter(1_000, 5);
        limiter.tryAcquire(5);
        ticker.advance(Duration.ofDays(36_500));
        assertThat(limiter.tryAcquire(5)).isTrue();
        assertThat(limiter.tryAcquire()).isFalse();
    }

    @Test
    void aRefusedRequestTakesNothing() {
        RateLimiter limiter = limiter(10, 3);
        limiter.tryAcquire(2);
        assertThat(limiter.tryAcquire(2)).isFalse();
        assertThat(limiter.tryAcquire(1)).isTrue();
    }

    @Test
    void whatIsGrantedAndRefusedIsCountedOverAllSiblings() {
        RateLimiter limiter = limiter(10, 3);
        RateLimiter sibling = limiter.sibling();
        limiter.tryAcquire(3);
        limiter.tryAcquire(2);
        assertThat(sibling.tryAcquire(3)).isTrue();
        sibling.charge(7);
        assertThat(limiter.stats()).isEqualTo(new RateLimiter.Stats(6, 9));
        assertThat(sibling.stats()).isEqualTo(limiter.stats());
    }

    @Test
    void requestsThatCanNeverBeGrantedAreNamed() {
        RateLimiter limiter = limiter(10, 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter.tryAcquire(4))
                .withMessage("4 permits can never be had of a limiter with a burst of 3;"
                        + " ask for 1 to 3 at a time, or give it a larger burst");
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.tryAcquire(0));
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.nanosUntilAvailable(4));
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.nanosUntilAvailable(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter.charge(-1))
                .withMessageContaining("-1");
    }

    @Test
    void ratesOutOfRangeAreNamed() {
        assertThatIllegalArgumentException().isThrownBy(() -> limiter(0, 1)).withMessageContaining("but is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter(1_000_000_001, 1))
                .withMessageContaining("permits per PT1S (at most one per ns)")
                .withMessageContaining("1000000001");
        assertThatIllegalArgumentException().isThrownBy(() -> limiter(1, 0)).withMessageContaining("burst");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter(1, Long.MAX_VALUE))
                .withMessageContaining("burst");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimiter.of(1, Duration.ZERO, 1, ticker))
                .withMessageContaining("period");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 999, 1_000_000, 7_777_777, 30_000_001, 300_000_007, 999_999_999, 1_000_000_000})
    void atLeast99PercentOfTheRateIsGrantedToWhoAsksForSingles(long permits) {
        RateLimiter limiter = limiter(permits, 1000);
        limiter.tryAcquire(1000);
        long granted = 0;
        long nanos = 0;
        long start = ticker.nanos();
        while (granted < 10_000) {
            long wait = limiter.nanosUntilAvailable(1);
            ticker.advanceNanos(wait);
            nanos = ticker.nanos() - start;
            assertThat(limiter.tryAcquire()).as("after the wait of %s ns", wait).isTrue();
            granted++;
        }
        assertThat((double) granted).isBetween(nanos * 0.99 * permits / 1e9 - 1, nanos * 1.0 * permits / 1e9);
    }

    // ---- charge -----------------------------------------------------------------------------------------------------

    @Test
    void aChargeWithinTheBurstAsksForNoWait() {
        RateLimiter limiter = limiter(1_000, 100);
        assertThat(limiter.charge(60)).isZero();
        assertThat(limiter.charge(40)).isZero();
        assertThat(limiter.charge(0)).isZero();
        assertThat(limiter.tryAcquire()).isFalse();
    }

    @Test
    void aChargeBeyondTheBurstIsPaidByWaiting() {
        RateLimiter limiter = limiter(1_000, 100);
        assertThat(limiter.charge(350)).isEqualTo(250_000_000);
        ticker.advanceNanos(249_999_999);
        assertThat(limiter.charge(0)).isEqualTo(1);
        ticker.advanceNanos(1);
        assertThat(limiter.charge(0)).isZero();
        assertThat(limiter.tryAcquire()).isFalse();
    }

    @Test
    void aDebtWithoutEndStaysABoundedDebt() {
        RateLimiter limiter = limiter(1, 1);
        for (int i = 0; i < 100; i++) {
            assertThat(limiter.charge(Long.MAX_VALUE)).isPositive();
        }
        assertThat(limiter.tryAcquire()).isFalse();
        ticker.set(Long.MIN_VALUE + 5);
        assertThat(limiter.charge(Long.MAX_VALUE)).isNotNegative();
    }

    // ---- any history ------------------------------------------------------------------------------------------------

    /** The bucket as the textbook has it, in exact fractions of a permit, and blind to a clock that goes back. */
    private static final class Model {
        private final BigInteger rate;
        private final BigInteger burst;
        private BigInteger available;
        private long latest;

        Model(long rate, long burst, long now) {
            this.rate = BigInteger.valueOf(rate);
            this.burst = nanoPermits(burst);
            this.available = this.burst;
            this.latest = now;
        }

        private static BigInteger nanoPermits(long permits) {
            return BigInteger.valueOf(permits).multiply(BigInteger.valueOf(1_000_000_000));
        }

        boolean grants(long n, long now) {
            long passed = now - latest;
            if (passed > 0) {
                latest = now;
                available =
                        available.add(rate.multiply(BigInteger.valueOf(passed))).min(burst);
            }
            return passed >= 0 && available.compareTo(nanoPermits(n)) >= 0;
        }

        void take(long n) {
            available = available.subtract(nanoPermits(n));
        }
    }

    /** Where the interval is a whole number of nanoseconds the limiter is the model; where it is rounded, it is never more generous. */
    @ParameterizedTest
    @CsvSource({"1, 1", "10, 5", "1000, 7", "1000000, 100", "3, 2", "7, 50", "999983, 10", "300000007, 1000"})
    void itGrantsWhatTheModelGrantsWhateverTheClockDoes(long rate, long burst) {
        boolean exact = 1_000_000_000 % rate == 0;
        for (long origin : ORIGINS) {
            long seed = rate * 31 + burst + origin;
            Random random = new Random(seed);
            ManualTicker clock = new ManualTicker(origin);
            RateLimiter limiter = RateLimiter.of(rate, SECOND, burst, clock);
            Model model = new Model(rate, burst, origin);
            for (int i = 0; i < 5_000; i++) {
                clock.advanceNanos(step(random, 1_000_000_000 / rate));
                long n = 1 + random.nextInt((int) Math.min(burst, 20));
                boolean expected = model.grants(n, clock.nanos());
                long wait = limiter.nanosUntilAvailable(n);
                boolean granted = limiter.tryAcquire(n);
                String where = "seed " + seed + ", origin " + origin + ", step " + i;
                assertThat(wait == 0).as(where).isEqualTo(granted);
                if (granted) {
                    assertThat(expected || isBehind(model, clock)).as(where).isTrue();
                    assertThat(model.available.compareTo(Model.nanoPermits(n)))
                            .as(where)
                            .isNotNegative();
                    model.take(n);
                } else if (exact && clock.nanos() - model.latest == 0) {
                    assertThat(expected).as(where).isFalse();
                }
            }
        }
    }

    private static boolean isBehind(Model model, ManualTicker clock) {
        return clock.nanos() - model.latest < 0;
    }

    private static long step(Random random, long interval) {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> 0;
            case 3, 4 -> (long) (random.nextDouble() * interval * 2);
            case 5 -> interval * random.nextInt(10);
            case 6 -> -(long) (random.nextDouble() * interval * 5);
            default -> random.nextInt(1000);
        };
    }

    /** What is charged when nothing is owed exceeds burst and rate by the last charge at most. */
    @Test
    void chargingWhenNothingIsOwedKeepsToTheRateButForTheLastCharge() {
        for (long origin : ORIGINS) {
            long seed = origin ^ 42;
            Random random = new Random(seed);
            ManualTicker clock = new ManualTicker(origin);
            RateLimiter limiter = RateLimiter.of(100_000, SECOND, 500, clock);
            long charged = 0;
            long passed = 0;
            for (int i = 0; i < 10_000; i++) {
                long n = random.nextInt(2_000);
                long wait = limiter.charge(n);
                charged += n;
                BigDecimal bound = BigDecimal.valueOf(passed)
                        .multiply(BigDecimal.valueOf(1e-4))
                        .add(BigDecimal.valueOf(500 + n));
                assertThat(BigDecimal.valueOf(charged))
                        .as("seed %s, step %s", seed, i)
                        .isLessThanOrEqualTo(bound);
                long pause = wait + (random.nextBoolean() ? 0 : random.nextInt(1_000_000));
                clock.advanceNanos(pause);
                passed += pause;
            }
        }
    }

    @Test
    void threadsTogetherGetExactlyTheBurstAndTheRate() {
        for (long origin : ORIGINS) {
            ManualTicker clock = new ManualTicker(origin);
            RateLimiter limiter = RateLimiter.of(1_000_000, SECOND, 100, clock);
            AtomicLong granted = new AtomicLong();
            CountDownLatch done = new CountDownLatch(4);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                boolean moves = t == 0;
                threads.add(Threads.start("limiter-" + t, () -> {
                    for (int i = 0; i < 20_000; i++) {
                        if (moves && i % 10 == 0) {
                            clock.advanceNanos(777);
                        }
                        if (limiter.tryAcquire(1 + i % 3)) {
                            granted.addAndGet(1 + i % 3);
                        }
                    }
                    done.countDown();
                }));
            }
            Await.open("all have asked", done);
            threads.forEach(Await::end);
            while (limiter.tryAcquire()) {
                granted.incrementAndGet();
            }
            // The bucket never was full for long: what is granted lies within the bound, and not far below it.
            long bound = 100 + 2_000 * 777 / 1_000;
            assertThat(granted.get()).as("origin %s", origin).isBetween(bound * 9 / 10, bound);
            assertThat(limiter.stats().allowed()).isEqualTo(granted.get());
        }
    }
}
