package io.millio.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SerialTaskListTest {
    private final SerialTaskList list = new SerialTaskList();

    private static SerialTask task() {
        return new SerialTask() {
            @Override
            protected boolean turn() {
                return false;
            }

            @Override
            protected Lane lane() {
                throw new AssertionError("not asked for");
            }
        };
    }

    @Test
    void anEmptyListGivesNothing() {
        assertThat(list.isEmpty()).isTrue();
        assertThat(list.size()).isZero();
        assertThat(list.poll()).isNull();
    }

    @Test
    void takingFromAnEmptyListChangesNothing() {
        SerialTask first = task();
        list.add(first);
        list.takeAll(new SerialTaskList());
        assertThat(list.size()).isEqualTo(1);
        assertThat(list.poll()).isSameAs(first);
    }

    @Test
    void aTaskCarriesNoLinkOutOfTheList() {
        SerialTask first = task();
        list.add(first);
        list.add(task());
        list.poll();
        SerialTaskList other = new SerialTaskList();
        other.add(first);
        assertThat(other.poll()).isSameAs(first);
        assertThat(other.poll()).isNull();
    }

    @Test
    void theTimeIsNotedOnEveryTask() {
        SerialTask first = task();
        SerialTask second = task();
        list.add(first);
        list.add(second);
        list.stamp(42);
        assertThat(first.queuedAtNanos).isEqualTo(42);
        assertThat(second.queuedAtNanos).isEqualTo(42);
    }

    @Test
    void itBehavesAsAQueue() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Deque<SerialTask> model = new ArrayDeque<>();
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    SerialTask added = task();
                    list.add(added);
                    model.add(added);
                }
                case 2 ->
                    assertThat(list.poll()).as("seed %d, step %d", seed, step).isSameAs(model.poll());
                default -> append(random.nextInt(4), model);
            }
            assertThat(list.size()).as("seed %d, step %d", seed, step).isEqualTo(model.size());
            assertThat(list.isEmpty()).as("seed %d, step %d", seed, step).isEqualTo(model.isEmpty());
        }
        while (!model.isEmpty()) {
            assertThat(list.poll()).as("seed %d", seed).isSameAs(model.poll());
        }
        assertThat(list.poll()).isNull();
    }

    private void append(int count, Deque<SerialTask> model) {
        SerialTaskList other = new SerialTaskList();
        for (int i = 0; i < count; i++) {
            SerialTask added = task();
            other.add(added);
            model.add(added);
        }
        list.takeAll(other);
        assertThat(other.isEmpty()).isTrue();
        assertThat(other.size()).isZero();
        assertThat(other.poll()).isNull();
    }
}
