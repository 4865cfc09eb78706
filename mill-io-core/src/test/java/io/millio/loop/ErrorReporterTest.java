package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.CapturedLog;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every error is counted and told; the log has a line per second and kind. */
class ErrorReporterTest {
    private final CapturedLog log = new CapturedLog("io.millio.loop");
    private final ManualTicker ticker = new ManualTicker();
    private final AtomicInteger told = new AtomicInteger();
    private final ErrorReporter reporter =
            new ErrorReporter("errors", (source, error) -> told.incrementAndGet(), ticker);

    @AfterEach
    void release() {
        log.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 500_000_000, -1})
    void oneKindHasOneLinePerSecondWithTheNumberOfThoseLeftOut(long start) {
        ticker.set(start);
        for (int i = 0; i < 10; i++) {
            reporter.report("source", new IOException("planted"));
        }
        assertThat(log.messages()).containsExactly("loop 'errors': source failed");
        ticker.advance(Duration.ofMillis(999));
        reporter.report("source", new IOException("planted"));
        assertThat(log.records()).hasSize(1);
        ticker.advance(Duration.ofMillis(1));
        reporter.report("source", new IOException("planted"));
        assertThat(log.messages())
                .containsExactly(
                        "loop 'errors': source failed",
                        "loop 'errors': source failed (and 10 more of this kind since the last line)");
        assertThat(reporter.count()).isEqualTo(12);
        assertThat(told).hasValue(12);
    }

    @Test
    void kindsAreToldApartBySourceAndByError() {
        reporter.report("source", new IOException("planted"));
        reporter.report("source", new IllegalStateException("planted"));
        reporter.report(17, new IOException("planted"));
        reporter.report("another string", new IOException("planted"));
        assertThat(log.messages())
                .containsExactly(
                        "loop 'errors': source failed", "loop 'errors': source failed", "loop 'errors': 17 failed");
    }

    @Test
    void manyKindsShareOneLineInTheEnd() throws Exception {
        int classes = 400;
        for (int i = 0; i < classes; i++) {
            reporter.report(java.lang.reflect.Array.newInstance(String.class, new int[1 + i % 255]), new Error("a"));
            reporter.report(java.lang.reflect.Array.newInstance(int.class, new int[1 + i % 255]), new Error("a"));
        }
        assertThat(reporter.count()).isEqualTo(2L * classes);
        assertThat(log.records()).hasSizeBetween(250, 258);
    }

    @Test
    void manyThreadsWriteOneLineTogether() {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Threads.start("reporting-" + t, () -> {
                for (int i = 0; i < 5000; i++) {
                    reporter.report("source", new IOException("planted"));
                }
            }));
        }
        threads.forEach(Await::end);
        assertThat(log.records()).hasSize(1);
        assertThat(reporter.count()).isEqualTo(20_000);
        assertThat(told).hasValue(20_000);
        ticker.advance(Duration.ofSeconds(1));
        reporter.report("source", new IOException("planted"));
        assertThat(log.messages()).last().asString().contains("(and 19999 more of this kind");
    }
}
