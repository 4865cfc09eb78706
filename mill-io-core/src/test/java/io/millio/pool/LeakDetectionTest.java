package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millio.testkit.CapturedLog;
import io.millio.testkit.Collected;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class LeakDetectionTest {
    private final String propertyBefore = System.getProperty(LeakDetection.PROPERTY);
    private final List<LeakReport> reports = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void restoreProperty() {
        if (propertyBefore == null) {
            System.clearProperty(LeakDetection.PROPERTY);
        } else {
            System.setProperty(LeakDetection.PROPERTY, propertyBefore);
        }
    }

    @Test
    void aLeakIsReportedWithTheStackThatAcquired() {
        BufferPool pool = pool(LeakDetection.ALL);
        aCarelessBorrower(pool);
        awaitLeaks(pool, 1);

        LeakReport report = reports.get(0);
        assertThat(report.pool()).isEqualTo("watched");
        assertThat(report.number()).isOne();
        assertThat(report.bytes()).isEqualTo(8192);
        assertThat(report.acquiredAt())
                .hasMessageContaining(Thread.currentThread().getName());
        assertThat(report.acquiredAt().getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("aCarelessBorrower"));
    }

    @ParameterizedTest
    @EnumSource
    void theBytesOfALeakedBufferReturnToTheBound(LeakDetection mode) {
        BufferPool pool = pool(mode);
        for (int i = 0; i < 4; i++) {
            aCarelessBorrower(pool);
        }
        Collected.await("4 leaked buffers", () -> pool.stats().bytesUsed() == 0);

        BufferPoolStats stats = pool.stats();
        assertThat(stats.leaks()).isEqualTo(4);
        assertThat(stats.used()).isZero();
        assertThat(reports).hasSize(4);
        assertThat(pool.tryAcquire(32_768)).as("the whole bound in one piece").isNotNull();
    }

    @Test
    void aRequestThatFindsTheBoundReachedLooksForLeaksFirst() {
        BufferPool pool = pool(LeakDetection.OFF);
        for (int i = 0; i < 4; i++) {
            aCarelessBorrower(pool);
        }
        List<PooledBuffer> found = new ArrayList<>();
        Collected.await("room for another", () -> {
            PooledBuffer pooled = pool.tryAcquire(8192);
            return pooled != null && found.add(pooled);
        });
        assertThat(found).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void memoryThatIsStillInUseDoesNotReturnToTheBound(LeakDetection mode) {
        BufferPool pool = pool(mode);
        ByteBuffer slice = pool.tryAcquire(32_768).buffer().slice();
        if (mode == LeakDetection.ALL) {
            awaitLeaks(pool, 1); // nobody can release it any more
        } else {
            System.gc();
        }
        assertThat(pool.stats().bytesUsed()).isEqualTo(32_768);
        assertThat(pool.tryAcquire(1)).isNull();
        Reference.reachabilityFence(slice);

        slice = null;
        Collected.await("the slice", () -> pool.stats().bytesUsed() == 0);
        assertThat(pool.stats().leaks()).as("one leak, reported once").isOne();
        assertThat(reports).hasSize(1);
    }

    @Test
    void ofUntrackedLoansTheReportHasNoStack() {
        BufferPool pool = pool(LeakDetection.OFF);
        aCarelessBorrower(pool);
        awaitLeaks(pool, 1);
        assertThat(reports.get(0).acquiredAt()).isNull();
        assertThat(PoolLog.text(reports.get(0)))
                .contains("'watched'")
                .contains("8192 bytes")
                .contains("-Dmillio.leakDetection=all");
    }

    @Test
    void samplingRecordsTheStackOfOneLoanIn128() {
        BufferPool pool = BufferPool.builder()
                .leakDetection(LeakDetection.SAMPLED)
                .leakListener(reports::add)
                .build();
        int loans = 12_800;
        for (int i = 0; i < loans; i++) {
            assertThat(pool.tryAcquire(256)).isNotNull();
        }
        awaitLeaks(pool, loans);
        assertThat(reports.stream().filter(report -> report.acquiredAt() != null))
                .hasSizeBetween(95, 105);
    }

    @Test
    void aLeakIsReportedEvenIfOnlyAnEarlierLoanOfTheSameMemoryWasTracked() {
        BufferPool pool = pool(LeakDetection.SAMPLED);
        pool.tryAcquire(8192).release(); // the first of 128 is the tracked one
        aCarelessBorrower(pool);
        awaitLeaks(pool, 1);
        assertThat(pool.stats().creations()).isOne();
        assertThat(reports.get(0).acquiredAt()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsReleasedTrimmedOrDroppedIsNoLeak(LeakDetection mode) {
        BufferPool pool = pool(mode);
        for (int i = 0; i < 1000; i++) {
            pool.tryAcquire(256 << (i % 8)).release();
        }
        pool.trim();
        pool.trim();
        assertThat(pool.stats().discarded()).isPositive();
        for (int i = 0; i < 5; i++) {
            System.gc();
            assertThat(pool.stats().leaks()).isZero();
        }
        assertThat(reports).isEmpty();
    }

    @Test
    void aListenerThatThrowsIsLoggedAndAskedAgain() {
        BufferPool pool = BufferPool.builder()
                .leakDetection(LeakDetection.ALL)
                .leakListener(report -> {
                    reports.add(report);
                    throw new IllegalStateException("planted");
                })
                .build();
        try (CapturedLog log = new CapturedLog("io.millio.pool")) {
            aCarelessBorrower(pool);
            aCarelessBorrower(pool);
            awaitLeaks(pool, 2);
            assertThat(reports).extracting(LeakReport::number).containsExactly(1L, 2L);
            assertThat(log.messages())
                    .hasSize(2)
                    .allMatch(text -> text.contains("the leak listener of pool 'buffers'"));
        }
    }

    @Test
    void withoutAListenerLeaksAreLoggedAtEachPowerOfTwo() {
        BufferPool pool = BufferPool.builder().leakDetection(LeakDetection.ALL).build();
        try (CapturedLog log = new CapturedLog("io.millio.pool")) {
            for (int i = 0; i < 9; i++) {
                aCarelessBorrower(pool);
            }
            awaitLeaks(pool, 9);
            assertThat(log.messages()).hasSize(4); // 1, 2, 4, 8
            assertThat(log.messages().get(3)).contains("leak number 8").contains("acquired at:");
        }
    }

    @ParameterizedTest
    @CsvSource({"off, OFF", "sampled, SAMPLED", "all, ALL", "ALL, ALL"})
    void theSystemPropertyChoosesTheDefault(String value, LeakDetection mode) {
        System.setProperty(LeakDetection.PROPERTY, value);
        assertThat(LeakDetection.fromSystemProperty()).isEqualTo(mode);
        assertThat(BufferPool.builder().leakDetection()).isEqualTo(mode);
    }

    @Test
    void withoutThePropertyDetectionIsOff() {
        System.clearProperty(LeakDetection.PROPERTY);
        assertThat(BufferPool.builder().leakDetection()).isEqualTo(LeakDetection.OFF);
    }

    @Test
    void anUnknownModeIsRefusedWithItsValueAndTheChoice() {
        System.setProperty(LeakDetection.PROPERTY, "paranoid");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BufferPool.create(1024))
                .withMessageContaining("millio.leakDetection")
                .withMessageContaining("'paranoid'")
                .withMessageContaining("off, sampled or all");
        assertThat(BufferPool.builder().leakDetection(LeakDetection.ALL).build())
                .isNotNull();
    }

    private BufferPool pool(LeakDetection mode) {
        return BufferPool.builder()
                .name("watched")
                .maxBytes(32_768)
                .trimFloor(0)
                .leakDetection(mode)
                .leakListener(reports::add)
                .build();
    }

    private static void aCarelessBorrower(BufferPool pool) {
        PooledBuffer pooled = pool.tryAcquire(8192);
        pooled.buffer().putInt(42);
    }

    private static void awaitLeaks(BufferPool pool, long leaks) {
        Collected.await(leaks + " leaks", () -> pool.stats().leaks() >= leaks);
        assertThat(pool.stats().leaks()).isEqualTo(leaks);
    }
}
