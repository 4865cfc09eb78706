package io.millio.loop;

import java.util.concurrent.atomic.AtomicInteger;

/** A task of the user's, run by a reactor: it counts against the bound of those that {@code waiting} until it runs. */
record UserTask(Runnable task, AtomicInteger waiting) implements Runnable {
    @Override
    public void run() {
        waiting.decrementAndGet();
        task.run();
    }
}
