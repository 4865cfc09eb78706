package io.millio.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class MpscQueueTest {
    private final MpscQueue<Long> queue = new MpscQueue<>();

    @Test
    void anEmptyQueueGivesNothing() {
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.poll()).isNull();
    }

    @Test
    void elementsLeaveInTheOrderInWhichOneThreadAddedThem() {
        for (long i = 0; i < 1000; i++) {
            queue.offer(i);
        }
        for (long i = 0; i < 1000; i++) {
            assertThat(queue.isEmpty()).isFalse();
            assertThat(queue.poll()).isEqualTo(i);
        }
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.poll()).isNull();
    }

    @Test
    void itCanBeEmptiedAndFilledAgain() {
        for (long i = 0; i < 100; i++) {
            queue.offer(i);
            assertThat(queue.poll()).isEqualTo(i);
            assertThat(queue.poll()).isNull();
            assertThat(queue.isEmpty()).isTrue();
        }
    }

    @Test
    void manyProducersLoseNothingAndKeepTheirOwnOrder() {
        int producers = 4;
        int each = 100_000;
        CountDownLatch go = new CountDownLatch(1);
        for (int p = 0; p < producers; p++) {
            long producer = p;
            Threads.start("producer-" + p, () -> {
                Await.opened(go);
                for (long i = 0; i < each; i++) {
                    queue.offer(producer << 32 | i);
                }
            });
        }
        go.countDown();

        int[] next = new int[producers];
        int[] taken = {0};
        Await.until(() -> taken[0] + " of " + producers * each + " taken", () -> {
            for (Long element = queue.poll(); element != null; element = queue.poll()) {
                int producer = (int) (element >>> 32);
                assertThat(element.intValue()).as("producer %d", producer).isEqualTo(next[producer]++);
                taken[0]++;
            }
            return taken[0] == producers * each;
        });
        assertThat(queue.isEmpty()).isTrue();
    }

    /** The owner that is about to sleep asks isEmpty, not poll: an element whose offer has returned must be seen. */
    @Test
    void whatHasBeenOfferedIsSeenByIsEmptyAndByPoll() throws Exception {
        for (long i = 0; i < 200; i++) {
            long element = i;
            Threads.call(() -> {
                queue.offer(element);
                return true;
            });
            assertThat(queue.isEmpty()).isFalse();
            assertThat(queue.poll()).isEqualTo(i);
        }
    }
}
