package io.millio.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import org.junit.jupiter.api.Test;

class CounterTest {
    private final Counter counter = new Counter();

    @Test
    void itCountsUpAndDown() {
        counter.increment();
        counter.add(10);
        counter.add(-4);
        assertThat(counter.get()).isEqualTo(7);
    }

    @Test
    void readersOnOtherThreadsSeeItGrowAndNeverShrink() {
        int total = 200_000;
        Thread writer = Threads.start("counter-writer", () -> {
            for (int i = 0; i < total; i++) {
                counter.increment();
            }
        });
        long[] last = {0};
        Await.until(() -> last[0] + " of " + total, () -> {
            long now = counter.get();
            assertThat(now).isGreaterThanOrEqualTo(last[0]);
            last[0] = now;
            return now == total;
        });
        Await.end(writer);
    }
}
