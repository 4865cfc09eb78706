package io.millio.loop;

import io.millio.testkit.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** The guard outlives those it talks to. */
class WatchdogTest {
    /** As a back end whose disk is full. */
    private static final class FailingLog extends Handler implements AutoCloseable {
        private final Logger logger = Logger.getLogger("io.millio.loop");

        FailingLog() {
            logger.addHandler(this);
            logger.setUseParentHandlers(false);
        }

        @Override
        public void publish(LogRecord record) {
            throw new IllegalStateException("no space left on device");
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
            logger.setUseParentHandlers(true);
        }
    }

    @Test
    void aLogThatThrowsKeepsNobodyFromHearingOfAStall() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (FailingLog log = new FailingLog();
                TestLoop test = TestLoop.started(builder ->
                        builder.stallThreshold(Duration.ofMillis(5)).stallListener(stall -> told.countDown()))) {
            test.loop.execute(() -> Await.open("the end of the test", release));
            try {
                Await.open("word of the stall", told);
            } finally {
                release.countDown();
            }
        }
    }
}
