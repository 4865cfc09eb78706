package io.millio.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Threads;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

class KeyedRateLimiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTicker ticker = new ManualTicker(Long.MIN_VALUE);

    private KeyedRateLimiter<Integer> limiter(long permits, long burst, int maxKeys) {
        return KeyedRateLimiter.of(permits, SECOND, burst, maxKeys, ticker);
    }

    @Test
    void eachKeyHasALimitOfItsOwn() {
        KeyedRateLimiter<Integer> limiter = limiter(10, 2, 100);
        assertThat(limiter.tryAcquire(1, 2)).isTrue();
        assertThat(limiter.tryAcquire(1)).isFalse();
        assertThat(limiter.tryAcquire(2, 2)).isTrue();
        assertThat(limiter.nanosUntilAvailable(1, 1)).isEqualTo(100_000_000);
        assertThat(limiter.nanosUntilAvailable(3, 1)).isZero();
        assertThat(limiter.stats()).isEqualTo(new RateLimiter.Stats(4, 1));
    }

    @Test
    void whatCanNeverBeGrantedIsRefusedBeforeTheKeyTakesAPlace() {
        KeyedRateLimiter<Integer> limiter = limiter(10, 2, 100);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter.tryAcquire(1, 3))
                .withMessageContaining("burst of 2");
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.nanosUntilAvailable(1, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> limiter(1, 1, 0)).withMessageContaining("keys");
        assertThat(limiter.keys()).isZero();
    }

    @Test
    void keysWithoutAPlaceShareOneLimit() {
        KeyedRateLimiter<Integer> limiter = limiter(1, 2, 4);
        for (int key = 0; key < 4; key++) {
            assertThat(limiter.tryAcquire(key)).isTrue();
        }
        assertThat(limiter.tryAcquire(4)).isTrue();
        assertThat(limiter.tryAcquire(5)).isTrue();
        assertThat(limiter.tryAcquire(6)).isFalse();
        assertThat(limiter.nanosUntilAvailable(7, 1)).isEqualTo(SECOND.toNanos());
        assertThat(limiter.keys()).isEqualTo(4);
        assertThat(limiter.overflowed()).isEqualTo(3);
        assertThat(limiter.tryAcquire(0)).as("a key with a place").isTrue();
    }

    @Test
    void aPlaceIsGivenAwayOnlyOnceItsBucketIsFullAndHasBeenForAWhile() {
        KeyedRateLimiter<Integer> limiter = limiter(1, 5, 1);
        limiter.tryAcquire(1, 5);
        ticker.advance(Duration.ofSeconds(6).minusNanos(1));
        limiter.tryAcquire(2);
        assertThat(limiter.overflowed()).isEqualTo(1);
        ticker.advanceNanos(1);
        limiter.tryAcquire(2);
        assertThat(limiter.overflowed()).isEqualTo(1);
        assertThat(limiter.keys()).isEqualTo(1);
        limiter.tryAcquire(1);
        assertThat(limiter.overflowed()).as("the first key has lost its place").isEqualTo(2);
    }

    /** A million keys come at once, and go on coming; who is in use is neither forgotten nor kept waiting. */
    @Test
    void aMillionKeysNeitherEvictNorDenyAnHonestOne() {
        KeyedRateLimiter<Integer> limiter = limiter(10, 10, KeyedRateLimiter.DEFAULT_MAX_KEYS);
        int attacker = 1_000;
        for (int round = 0; round < 100; round++) {
            for (int honest = 0; honest < 100; honest++) {
                assertThat(limiter.tryAcquire(honest))
                        .as("round %s, key %s", round, honest)
                        .isTrue();
            }
            for (int i = 0; i < 10_000; i++) {
                limiter.tryAcquire(attacker++);
            }
            ticker.advance(Duration.ofMillis(100));
            assertThat(limiter.keys()).isLessThanOrEqualTo(KeyedRateLimiter.DEFAULT_MAX_KEYS);
        }
        assertThat(limiter.overflowed()).as("the attack was one").isPositive();
        assertThat(limiter.keys()).isEqualTo(KeyedRateLimiter.DEFAULT_MAX_KEYS);
    }

    /** Over any history each key stays within its bound, places changing hands included. */
    @Test
    void noKeyGetsMoreByLosingItsPlace() {
        long seed = 20_240_607;
        Random random = new Random(seed);
        long rate = 100;
        long burst = 3;
        KeyedRateLimiter<Integer> limiter = limiter(rate, burst, 8);
        Map<Integer, Long> granted = new HashMap<>();
        long passed = 0;
        for (int i = 0; i < 200_000; i++) {
            int key = random.nextInt(40);
            boolean shared = limiter.overflowed() > 0;
            long before = limiter.overflowed();
            if (limiter.tryAcquire(key) && limiter.overflowed() == before) {
                long sum = granted.merge(key, 1L, Long::sum);
                assertThat(sum)
                        .as("seed %s, step %s, key %s, overflow %s", seed, i, key, shared)
                        .isLessThanOrEqualTo(burst + passed * rate / 1_000_000_000);
            }
            long step = random.nextInt(2_000) == 0 ? SECOND.toNanos() * 2 : random.nextInt(3_000_000);
            ticker.advanceNanos(step);
            passed += step;
        }
        assertThat(limiter.overflowed()).isPositive();
    }

    /** Its key is found, and before a permit is taken, the place changes hands: what was found must be worth nothing. */
    @Test
    void aPlaceThatIsGivenAwayInTheMiddleOfARequestGrantsNothing() {
        KeyedRateLimiter<Key> limiter = KeyedRateLimiter.of(1, SECOND, 5, 1, ticker);
        limiter.tryAcquire(new Key("first", () -> {}));
        ticker.advance(Duration.ofSeconds(20));
        Key again = new Key("first", () -> limiter.tryAcquire(new Key("second", () -> {}), 5));
        assertThat(limiter.tryAcquire(again)).as("by the shared limiter").isTrue();
        assertThat(limiter.overflowed()).isEqualTo(1);
        assertThat(limiter.tryAcquire(new Key("second", () -> {}))).isFalse();
    }

    private record Key(String name, Runnable whenCompared) {
        @Override
        public boolean equals(Object other) {
            boolean same = other instanceof Key key && key.name.equals(name);
            whenCompared.run();
            return same;
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /**
     * Each jump of the clock fills every bucket and makes every place free to be given away, just when all threads ask. A place
     * that is taken away while somebody takes of it would give one burst to each of the two.
     */
    @Test
    void aPlaceNeverGivesItsBurstTwice() {
        int places = 16;
        int rounds = 500;
        KeyedRateLimiter<Integer> limiter = KeyedRateLimiter.of(1, Duration.ofSeconds(2), 5, places, ticker);
        AtomicLongArray granted = new AtomicLongArray(rounds);
        AtomicInteger round = new AtomicInteger(-1);
        CyclicBarrier start = new CyclicBarrier(4, () -> {
            ticker.advance(Duration.ofSeconds(20));
            round.incrementAndGet();
        });
        CountDownLatch done = new CountDownLatch(4);
        for (int t = 0; t < 4; t++) {
            Random random = new Random(t);
            Threads.start("keyed-" + t, () -> {
                for (int i = 0; i < rounds; i++) {
                    pass(start);
                    for (int n = 0; n < 200; n++) {
                        if (limiter.tryAcquire(random.nextInt(64))) {
                            granted.incrementAndGet(round.get());
                        }
                    }
                }
                done.countDown();
            });
        }
        Await.open("all have asked", done);
        long most = (places + 1) * 5L;
        long all = 0;
        for (int i = 0; i < rounds; i++) {
            assertThat(granted.get(i)).as("round %s", i).isBetween(most / 2, most);
            all += granted.get(i);
        }
        assertThat(limiter.stats().allowed()).isEqualTo(all);
        assertThat(limiter.keys()).isEqualTo(places);
    }

    private static void pass(CyclicBarrier barrier) {
        try {
            barrier.await(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("a thread did not come", e);
        }
    }
}
