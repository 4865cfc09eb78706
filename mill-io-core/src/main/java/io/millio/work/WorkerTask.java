package io.millio.work;

import io.millio.internal.Lane;
import io.millio.internal.SerialTask;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** A user's task in the clothes of a source, so that both share one queue and its order; run by one worker, or dropped by a stop. */
final class WorkerTask extends SerialTask {
    private final Runnable task;
    private final @Nullable CompletableFuture<Void> result;

    /** Without a result the task's failure is left to the worker, which reports it. */
    WorkerTask(Runnable task, @Nullable CompletableFuture<Void> result) {
        this.task = Objects.requireNonNull(task, "task");
        this.result = result;
    }

    Runnable task() {
        return task;
    }

    @Override
    protected boolean turn() {
        if (result == null) {
            task.run();
        } else if (!result.isDone()) {
            try {
                task.run();
                result.complete(null);
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        }
        return false;
    }

    /** It will not be run. */
    void drop(String reason) {
        if (result != null) {
            result.completeExceptionally(new RejectedExecutionException("the task was not run: " + reason));
        }
    }

    @Override
    protected Lane lane() {
        throw new IllegalStateException("a task runs once");
    }

    @Override
    public String toString() {
        return task.toString();
    }
}
