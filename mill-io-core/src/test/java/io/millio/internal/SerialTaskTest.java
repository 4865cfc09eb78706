package io.millio.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SerialTaskTest {
    private final ArrayDeque<SerialTask> lane = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean ended = new AtomicBoolean();

    @AfterEach
    void endTheThreads() {
        ended.set(true);
        threads.forEach(Await::end);
    }

    /** A task on a lane that the test itself runs. */
    private final class Scripted extends SerialTask {
        private BooleanSupplier body = () -> false;
        private int turns;

        @Override
        protected boolean turn() {
            turns++;
            return body.getAsBoolean();
        }

        @Override
        protected Lane lane() {
            return lane::add;
        }

        boolean enter() {
            return tryEnter();
        }

        void exit(boolean more) {
            leave(more);
        }
    }

    @Test
    void manyWakesBeforeTheTurnAreOneTurn() {
        Scripted task = new Scripted();
        task.wake();
        task.wake();
        task.wake();
        assertThat(lane).containsExactly(task);

        lane.remove().run();
        assertThat(task.turns).isEqualTo(1);
        assertThat(lane).isEmpty();
    }

    @Test
    void aWakeDuringTheTurnIsAnotherTurn() {
        Scripted task = new Scripted();
        task.body = () -> {
            if (task.turns == 1) {
                task.wake();
                task.wake();
                assertThat(lane).as("not queued while it runs").isEmpty();
            }
            return false;
        };
        task.wake();
        lane.remove().run();
        assertThat(lane).containsExactly(task);
        lane.remove().run();
        assertThat(lane).isEmpty();
        assertThat(task.turns).isEqualTo(2);
    }

    @Test
    void aTurnThatWantsMoreIsQueuedAgainBehindTheOthers() {
        Scripted task = new Scripted();
        Scripted other = new Scripted();
        task.body = () -> task.turns == 1;
        task.wake();
        other.wake();
        lane.remove().run();
        assertThat(lane).containsExactly(other, task);
        lane.remove().run();
        lane.remove().run();
        assertThat(lane).isEmpty();
    }

    @Test
    void moreAndAWakeTogetherAreOneFurtherTurn() {
        Scripted task = new Scripted();
        task.body = () -> {
            if (task.turns == 1) {
                task.wake();
                return true;
            }
            return false;
        };
        task.wake();
        lane.remove().run();
        assertThat(lane).containsExactly(task);
        lane.remove().run();
        assertThat(lane).isEmpty();
    }

    @Test
    void itIsEnteredOnlyWhenIdleAndKeepsWhatCameMeanwhile() {
        Scripted task = new Scripted();
        assertThat(task.enter()).isTrue();
        assertThat(task.enter()).as("while entered").isFalse();
        task.wake();
        assertThat(lane).isEmpty();
        task.exit(false);
        assertThat(lane).containsExactly(task);
        assertThat(task.enter()).as("while queued").isFalse();
        lane.remove().run();
        assertThat(task.turns).isEqualTo(1);
        assertThat(task.enter()).isTrue();
        task.exit(true);
        assertThat(lane).containsExactly(task);
    }

    /** A turn is to throw nothing; memory that runs out does not ask. */
    @Test
    void aTurnThatThrowsDoesNotSilenceTheTaskForEver() {
        Scripted task = new Scripted();
        task.body = () -> {
            throw new IllegalStateException("planted");
        };
        task.wake();
        assertThatThrownBy(() -> lane.remove().run()).hasMessage("planted");
        task.body = () -> false;
        task.wake();
        assertThat(lane).containsExactly(task);
        lane.remove().run();
        assertThat(task.turns).isEqualTo(2);
    }

    /** Several threads wake, several run: a turn must see every wake before it, and no two turns may meet. */
    @Test
    void noWakeIsLostAndNoTurnsOverlap() {
        BlockingQueue<SerialTask> queue = new LinkedBlockingQueue<>();
        AtomicLong published = new AtomicLong();
        AtomicLong seen = new AtomicLong();
        AtomicLong overlaps = new AtomicLong();
        AtomicBoolean inside = new AtomicBoolean();
        SerialTask task = new SerialTask() {
            private long turns;

            @Override
            protected boolean turn() {
                if (!inside.compareAndSet(false, true)) {
                    overlaps.incrementAndGet();
                }
                turns++;
                seen.set(published.get());
                inside.set(false);
                return turns % 7 == 0;
            }

            @Override
            protected Lane lane() {
                return queue::add;
            }
        };
        for (int i = 0; i < 3; i++) {
            threads.add(Threads.start("serial-runner-" + i, () -> runUntilEnded(queue)));
        }
        int wakers = 3;
        int each = 100_000;
        List<Thread> waking = new ArrayList<>();
        for (int i = 0; i < wakers; i++) {
            waking.add(Threads.start("serial-waker-" + i, () -> {
                for (int n = 0; n < each; n++) {
                    published.incrementAndGet();
                    task.wake();
                }
            }));
        }
        waking.forEach(Await::end);
        Await.until(
                () -> "the last wake is answered; saw " + seen + " of " + published,
                () -> seen.get() == (long) wakers * each);
        Await.until("the queue is drained", queue::isEmpty);
        assertThat(overlaps).hasValue(0);
    }

    private void runUntilEnded(BlockingQueue<SerialTask> queue) {
        while (!ended.get()) {
            try {
                SerialTask next = queue.poll(1, TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
