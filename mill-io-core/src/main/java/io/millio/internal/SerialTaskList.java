package io.millio.internal;

import org.jspecify.annotations.Nullable;

/** A first-in first-out chain of serial tasks, linked through the tasks themselves; confined to one thread or guarded by its user's lock. */
public final class SerialTaskList implements Runnable {
    private @Nullable SerialTask first;
    private @Nullable SerialTask last;
    private int size;

    /** Runs all tasks in order; an executor may rather take them over one by one. */
    @Override
    public void run() {
        for (SerialTask task = poll(); task != null; task = poll()) {
            task.run();
        }
    }

    public boolean isEmpty() {
        return first == null;
    }

    public int size() {
        return size;
    }

    public void add(SerialTask task) {
        task.next = null;
        if (last == null) {
            first = task;
        } else {
            last.next = task;
        }
        last = task;
        size++;
    }

    public @Nullable SerialTask poll() {
        SerialTask task = first;
        if (task != null) {
            first = task.next;
            if (first == null) {
                last = null;
            }
            task.next = null;
            size--;
        }
        return task;
    }

    /** Notes the time on all tasks. */
    public void stamp(long nanos) {
        for (SerialTask task = first; task != null; task = task.next) {
            task.queuedAtNanos = nanos;
        }
    }

    /** Moves all tasks of {@code other} behind those of this list. */
    public void takeAll(SerialTaskList other) {
        if (other.first == null) {
            return;
        }
        if (last == null) {
            first = other.first;
        } else {
            last.next = other.first;
        }
        last = other.last;
        size += other.size;
        other.first = null;
        other.last = null;
        other.size = 0;
    }
}
