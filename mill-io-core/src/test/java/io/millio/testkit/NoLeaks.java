package io.millio.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Every test class fails during which a pool logs that something was acquired and never released; the whole suite runs with full leak
 * tracking, so the log says where. What the collector finds late counts against a later class. Registered by the service loader.
 */
public final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
    /** Pools under test have losses on purpose. */
    private static final String POOLS = "io.millio.pool";

    private static final Logger LOG = Logger.getLogger(POOLS);
    private static final List<String> LOST = new CopyOnWriteArrayList<>();
    private static final Handler WATCH = new Handler() {
        @Override
        public void publish(LogRecord log) {
            if (log.getMessage().contains("acquired and never released")) {
                LOST.add(log.getMessage() + " " + stack(log.getThrown()));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @Override
    public void beforeAll(ExtensionContext context) {
        if (!List.of(LOG.getHandlers()).contains(WATCH)) {
            LOG.addHandler(WATCH);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        List<String> lost = List.copyOf(LOST);
        LOST.clear();
        if (!context.getRequiredTestClass().getPackageName().equals(POOLS)) {
            assertThat(lost).as("leaks found by the end of this class").isEmpty();
        }
    }

    private static String stack(Throwable acquiredAt) {
        return acquiredAt == null ? "" : List.of(acquiredAt.getStackTrace()).toString();
    }
}
