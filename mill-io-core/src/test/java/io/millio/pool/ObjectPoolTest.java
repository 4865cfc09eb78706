package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.millio.testkit.CapturedLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one thread sees of a pool of text buffers that weigh their length. */
class ObjectPoolTest {
    private final List<StringBuilder> discarded = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void theLastReleasedIsTheFirstLent(LeakDetection mode) {
        ObjectPool<StringBuilder> pool =
                ObjectPool.builder(StringBuilder::new).leakDetection(mode).build();
        Pooled<StringBuilder> first = acquire(pool);
        Pooled<StringBuilder> second = acquire(pool);
        StringBuilder last = second.get();
        first.release();
        second.release();
        try (Pooled<StringBuilder> again = acquire(pool)) {
            assertThat(again.get()).isSameAs(last);
        }
        assertThat(pool.stats().creations()).isEqualTo(2);
        assertThat(pool.stats().acquired()).isEqualTo(3);
        assertThat(pool.stats().free()).isEqualTo(2);
    }

    @Test
    void theDefaultBoundIs256ObjectsAnd64MiB() {
        ObjectPool<Object> pool = ObjectPool.builder(Object::new).build();
        List<Pooled<Object>> lent = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            lent.add(acquire(pool));
        }
        assertThat(pool.tryAcquire()).isNull();
        assertThat(pool.stats().maxBytes()).isEqualTo(64L << 20);
        lent.get(0).release();
        acquire(pool).release();
        assertThat(pool.stats().creations()).isEqualTo(256);
    }

    @Test
    void aBoundOfNothingLendsNothing() {
        assertThat(ObjectPool.builder(Object::new).maxObjects(0).build().tryAcquire())
                .isNull();
    }

    @Test
    void theResetHookRunsBeforeTheNextBorrower() {
        ObjectPool<StringBuilder> pool = ObjectPool.builder(StringBuilder::new)
                .reset(text -> text.setLength(0))
                .build();
        Pooled<StringBuilder> pooled = acquire(pool);
        pooled.get().append("secret");
        pooled.release();
        assertThat(acquire(pool).get()).isEmpty();
    }

    @Test
    void invalidObjectsAreDiscardedAndAnotherOneIsLent() {
        ObjectPool<StringBuilder> pool = ObjectPool.builder(StringBuilder::new)
                .validate(text -> text.indexOf("broken") < 0)
                .onDiscard(discarded::add)
                .build();
        Pooled<StringBuilder> good = acquire(pool);
        Pooled<StringBuilder> bad = acquire(pool);
        StringBuilder broken = bad.get().append("broken");
        StringBuilder whole = good.get();
        good.release();
        bad.release();

        assertThat(acquire(pool).get()).isSameAs(whole);
        assertThat(discarded).containsExactly(broken);
        assertThat(pool.stats()).isEqualTo(new ObjectPoolStats(1, 0, 3, 2, 1, 0, 256, 0, 64L << 20));
    }

    @Test
    void anObjectThatGrewIsWeighedAgainWhenItComesBack() {
        ObjectPool<StringBuilder> pool = weighed(100);
        Pooled<StringBuilder> pooled = acquire(pool);
        assertThat(pool.stats().bytes()).isEqualTo(10);
        pooled.get().append("x".repeat(50));
        pooled.release();
        assertThat(pool.stats().bytes()).isEqualTo(60);

        pooled = acquire(pool);
        pooled.get().setLength(5);
        pooled.release();
        assertThat(pool.stats().bytes()).isEqualTo(5);
    }

    @Test
    void anObjectThatGrewTooHeavyIsDiscarded() {
        ObjectPool<StringBuilder> pool = weighed(100);
        Pooled<StringBuilder> pooled = acquire(pool);
        pooled.get().append("x".repeat(91));
        pooled.release();
        assertThat(pool.stats().bytes()).isZero();
        assertThat(pool.stats().free()).isZero();
        assertThat(discarded).hasSize(1);
    }

    @Test
    void aNewObjectThatDoesNotFitIsRefused() {
        ObjectPool<StringBuilder> pool = weighed(25);
        Pooled<StringBuilder> one = acquire(pool);
        Pooled<StringBuilder> two = acquire(pool);
        assertThat(pool.tryAcquire()).isNull();
        assertThat(discarded).hasSize(1);
        assertThat(pool.stats()).isEqualTo(new ObjectPoolStats(2, 0, 2, 3, 1, 0, 256, 20, 25));
        one.release();
        two.release();
    }

    @Test
    void atTheBoundOfBytesNothingIsAllocatedInVain() {
        ObjectPool<StringBuilder> pool = weighed(20);
        acquire(pool);
        acquire(pool);
        assertThat(pool.tryAcquire()).isNull();
        assertThat(pool.stats().creations()).isEqualTo(2);
    }

    @Test
    void aNegativeWeightIsRefusedWithItsValueAndLeavesNoTrace() {
        ObjectPool<Object> pool = ObjectPool.builder(Object::new)
                .name("odd")
                .weigher(object -> -3)
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(pool::tryAcquire)
                .withMessageContaining("-3")
                .withMessageContaining("'odd'");
        assertThat(pool.stats().used()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondReleaseIsRefusedAndTheObjectIsKeptOnce(LeakDetection mode) {
        ObjectPool<Object> pool = ObjectPool.builder(Object::new)
                .name("twice")
                .leakDetection(mode)
                .build();
        Pooled<Object> pooled = acquire(pool);
        pooled.release();
        assertThatIllegalStateException().isThrownBy(pooled::close).withMessageContaining("'twice'");
        assertThatIllegalStateException().isThrownBy(pooled::get).withMessageContaining("used after its release");
        assertThat(pool.stats().free()).isOne();
        assertThat(acquire(pool).get()).isNotSameAs(acquire(pool).get());
    }

    @ParameterizedTest
    @EnumSource(names = {"SAMPLED", "ALL"})
    void withDetectionAStaleHandleStaysRefusedWhenTheObjectIsLentAgain(LeakDetection mode) {
        ObjectPool<Object> pool =
                ObjectPool.builder(Object::new).leakDetection(mode).build();
        Pooled<Object> stale = acquire(pool);
        Object object = stale.get();
        stale.release();
        Pooled<Object> next = acquire(pool);
        assertThat(next.get()).isSameAs(object);
        assertThatIllegalStateException().isThrownBy(stale::release);
        assertThatIllegalStateException().isThrownBy(stale::get);
        next.release();
    }

    @Test
    void aThrowingAllocatorLeavesNoTrace() {
        AtomicInteger calls = new AtomicInteger();
        ObjectPool<Object> pool = ObjectPool.builder(() -> {
                    if (calls.incrementAndGet() < 10) {
                        throw new IllegalStateException("planted");
                    }
                    return new Object();
                })
                .maxObjects(1)
                .build();
        for (int i = 1; i < 10; i++) {
            assertThatIllegalStateException().isThrownBy(pool::tryAcquire).withMessage("planted");
        }
        assertThat(acquire(pool)).isNotNull();
        assertThat(pool.stats().creations()).isOne();
    }

    @Test
    void anAllocatorThatGivesNullIsNamed() {
        ObjectPool<Object> pool =
                ObjectPool.<Object>builder(() -> null).name("empty").build();
        assertThatNullPointerException().isThrownBy(pool::tryAcquire).withMessageContaining("'empty'");
        assertThat(pool.stats().used()).isZero();
    }

    @Test
    void anObjectWhoseHookThrowsIsDiscardedAndTheCallerIsTold() {
        ObjectPool<StringBuilder> pool = ObjectPool.builder(StringBuilder::new)
                .maxObjects(1)
                .reset(text -> failIf(text, "reset"))
                .validate(text -> {
                    failIf(text, "validate");
                    return true;
                })
                .onDiscard(discarded::add)
                .build();
        Pooled<StringBuilder> pooled = acquire(pool);
        pooled.get().append("reset");
        assertThatIllegalStateException().isThrownBy(pooled::release).withMessage("planted");
        assertThat(pool.stats().used() + pool.stats().free()).isZero();

        pooled = acquire(pool);
        pooled.get().append("validate");
        pooled.release();
        assertThatIllegalStateException().isThrownBy(pool::tryAcquire).withMessage("planted");
        assertThat(pool.stats().used() + pool.stats().free()).isZero();
        assertThat(discarded).hasSize(2);
        assertThat(acquire(pool)).isNotNull();
    }

    @Test
    void aThrowingDiscardHookIsLoggedAndHarmsNothing() {
        ObjectPool<Object> pool = ObjectPool.builder(Object::new)
                .onDiscard(object -> {
                    throw new IllegalStateException("planted");
                })
                .build();
        List<Pooled<Object>> lent = List.of(acquire(pool), acquire(pool), acquire(pool));
        lent.forEach(Pooled::release);
        pool.trim();
        try (CapturedLog log = new CapturedLog("io.millio.pool")) {
            assertThat(pool.trim()).isEqualTo(3);
            assertThat(log.messages()).hasSize(2); // failures 1 and 2 of 3
        }
        assertThat(pool.stats().used() + pool.stats().free()).isZero();
    }

    @Test
    void trimDiscardsWhatWasNotUsedDownToTheFloor() {
        ObjectPool<StringBuilder> pool = ObjectPool.builder(StringBuilder::new)
                .trimFloor(2)
                .onDiscard(discarded::add)
                .build();
        List<Pooled<StringBuilder>> lent = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            lent.add(acquire(pool));
        }
        lent.forEach(Pooled::release);
        assertThat(pool.trim()).as("all were just used").isZero();
        assertThat(pool.trim()).isEqualTo(8);
        assertThat(pool.trim()).isZero();
        assertThat(discarded).hasSize(8);
        assertThat(pool.stats().free()).isEqualTo(2);
    }

    @Test
    void wrongOptionsAreRefusedWithTheirValue() {
        ObjectPoolBuilder<Object> builder = ObjectPool.builder(Object::new);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.maxObjects(-4))
                .withMessageContaining("-4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.maxBytes(-5))
                .withMessageContaining("-5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.trimFloor(-6))
                .withMessageContaining("-6");
    }

    private static void failIf(StringBuilder text, String word) {
        if (text.indexOf(word) >= 0) {
            throw new IllegalStateException("planted");
        }
    }

    private ObjectPool<StringBuilder> weighed(long maxBytes) {
        return ObjectPool.builder(() -> new StringBuilder("0123456789"))
                .maxBytes(maxBytes)
                .weigher(StringBuilder::length)
                .onDiscard(discarded::add)
                .build();
    }

    private static <T> Pooled<T> acquire(ObjectPool<T> pool) {
        Pooled<T> pooled = pool.tryAcquire();
        assertThat(pooled).as("an object from %s", pool.stats()).isNotNull();
        return pooled;
    }
}
