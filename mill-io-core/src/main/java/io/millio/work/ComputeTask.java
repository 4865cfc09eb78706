package io.millio.work;

import io.millio.internal.Checks;
import io.millio.internal.ReactorThread;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The handle of a task of a {@link ComputePool}. Any thread may call every method, and only {@link #get} waits.
 *
 * <p>It ends once: with what the task returned or threw, with a CancellationException, or with a
 * RejectedExecutionException if the pool stopped before its turn came.
 */
public final class ComputeTask<T extends @Nullable Object> {
    private final ComputePool pool;
    private final Priority priority;
    private final Callable<? extends T> body;
    private final CompletableFuture<T> future = new CompletableFuture<>();

    // Guarded by the pool's lock.
    long queuedNanos;
    long startedNanos;
    boolean interrupted;

    @Nullable
    Thread runner;

    ComputeTask(ComputePool pool, Priority priority, Callable<? extends T> body) {
        this.pool = pool;
        this.priority = Objects.requireNonNull(priority, "priority");
        this.body = Objects.requireNonNull(body, "task");
    }

    /** The priority that it was submitted with. */
    public Priority priority() {
        return priority;
    }

    /**
     * Whether it has ended, in whichever way. A task cancelled while it ran has ended, though its thread may not know
     * yet.
     */
    public boolean isDone() {
        return future.isDone();
    }

    /**
     * Ends the task: one that waits gives up its place at once and is never run; one that runs is interrupted, and its
     * result dropped.
     *
     * @return whether this call has ended it; false if it had ended before
     */
    public boolean cancel() {
        boolean first = future.completeExceptionally(new CancellationException("task " + this + " was cancelled"));
        if (first) {
            pool.withdraw(this);
        }
        return first;
    }

    /**
     * The result as a stage, whose dependents run on the thread that ends the task unless they name an executor.
     * Failures come as with all dependent stages, as the cause of a CompletionException.
     */
    public CompletionStage<T> result() {
        return future.minimalCompletionStage();
    }

    /**
     * Waits for the result.
     *
     * @throws TimeoutException if it is not there in time; the task goes on
     * @throws ExecutionException with what the task threw, or a RejectedExecutionException if it was never run
     * @throws CancellationException if it was cancelled
     * @throws IllegalStateException if it would have to wait on the thread of a reactor
     */
    public T get(Duration timeout) throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone() && ReactorThread.isCurrent()) {
            throw new IllegalStateException(
                    "a reactor must not wait for task " + this + "; use result() and go on when it completes");
        }
        try {
            return future.get(Checks.nanos(timeout), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new TimeoutException("task " + this + " was not done within " + timeout);
        }
    }

    /** Calls the body, unless it has been cancelled since; what is returned then ends the task. */
    Runnable call() {
        if (isDone()) {
            return () -> {};
        }
        try {
            T value = body.call();
            return () -> future.complete(value);
        } catch (Throwable t) {
            return () -> future.completeExceptionally(t);
        }
    }

    /** It will not be run. */
    void drop(String reason) {
        future.completeExceptionally(new RejectedExecutionException("the task was not run: " + reason));
    }

    /** That of the callable. */
    @Override
    public String toString() {
        return body.toString();
    }
}
