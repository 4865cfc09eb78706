package io.millio.watch;

import io.millio.internal.Lane;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One life of a watch: its tree, and the mailbox of its handler. Owned by whichever thread runs the mailbox, the
 * reactor (DIRECT) or another one of the loop's, except for the methods that say otherwise.
 *
 * <p>The mailbox holds one batch. The watch thread puts one in when it is empty, and finds no other before the last
 * event of that one has been told.
 */
final class WatchLife extends SerialTask {
    /** Then the next source has its turn. */
    private static final int MAX_CALLS_PER_TURN = 256;

    private final WatchRuntime runtime;
    private final WatchThread thread;
    private final ReactorPort reactor;
    private final Lane lane;
    private final Tree tree;

    /** Set by the watch thread, cleared when all of it is told. */
    private volatile @Nullable Batch batch;

    private final AtomicBoolean releasing = new AtomicBoolean();

    /** Completes when nothing is looked at any more, and no batch follows. */
    private final CompletableFuture<Void> removed = new CompletableFuture<>();

    /** Whether it ends when everything is told, or at once. */
    private volatile boolean draining;

    private volatile boolean cut;

    /** The place in the batch. */
    private int told;

    private boolean opened;
    private boolean over;

    WatchLife(WatchRuntime runtime, WatchThread thread, ReactorPort reactor) {
        this.runtime = runtime;
        this.thread = thread;
        this.reactor = reactor;
        this.tree = new Tree(runtime, thread, this);
        this.lane = switch (runtime.dispatch) {
            case DIRECT -> reactor.directLane();
            case WORKERS -> reactor.workersLane();
            case VIRTUAL -> reactor.virtualLane();
        };
    }

    // ---- for any thread ---------------------------------------------------------------------------------------------

    /** Completes when the tree is read and watched. */
    CompletableFuture<Void> open() {
        return thread.add(tree);
    }

    boolean isDelivering() {
        return batch != null;
    }

    /** The watch thread only: when there is no other batch. */
    void deliver(Batch found) {
        batch = found;
        ring();
    }

    /** Tells what was found, and ends. */
    void drain() {
        draining = true;
        release();
        CompletableFuture<Void> unused = removed.thenRun(this::ring);
    }

    /** Ends; whoever is called is called no more. */
    void cut() {
        cut = true;
        release();
        ring();
    }

    private void release() {
        tree.cancelled = true;
        if (releasing.compareAndSet(false, true)) {
            thread.remove(tree, removed);
        }
    }

    /** Returns when nothing is watched any more; a file system that hangs has the time-out to answer. */
    void awaitRelease(Duration timeout) {
        try {
            removed.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException hangs) {
            runtime.report(
                    new IllegalStateException(this + " still reads " + runtime.path + " after " + timeout, hangs));
        }
    }

    /** By way of the reactor, since the mailbox may run before the workers do. */
    private void ring() {
        reactor.execute(this::wake);
    }

    // ---- the mailbox ------------------------------------------------------------------------------------------------

    @Override
    protected Lane lane() {
        return lane;
    }

    @Override
    protected boolean turn() {
        if (over) {
            return false;
        }
        // Read before the batch: there is no other one once nothing is looked at.
        boolean last = draining && removed.isDone();
        Batch found = batch;
        if (cut || last && found == null) {
            finish();
            return false;
        }
        if (found == null) {
            return false;
        }
        if (!opened) {
            opened = true;
            call(() -> runtime.handler.onOpen(runtime.watch));
        }
        tell(found);
        return true;
    }

    private void tell(Batch found) {
        int errors = found.errors().size();
        int all = errors + found.events().size();
        int end = Math.min(all, told + MAX_CALLS_PER_TURN);
        for (; told < end && !cut; told++) {
            if (told < errors) {
                Throwable error = found.errors().get(told);
                runtime.report(error);
                call(() -> runtime.handler.onError(runtime.watch, error));
            } else {
                FileEvent event = found.events().get(told - errors);
                runtime.events.increment();
                call(() -> runtime.handler.onEvent(runtime.watch, event));
            }
        }
        if (told == all) {
            call(() -> runtime.handler.onSettled(runtime.watch));
            told = 0;
            batch = null;
            thread.wake();
        }
    }

    private void finish() {
        over = true;
        batch = null;
        if (opened) {
            call(() -> runtime.handler.onClose(runtime.watch));
        }
        runtime.ended(this);
    }

    // ---- callbacks --------------------------------------------------------------------------------------------------

    @FunctionalInterface
    private interface Callback {
        void run() throws Exception;
    }

    private void call(Callback callback) {
        try {
            callback.run();
        } catch (Throwable t) {
            failed(t);
            if (!over) {
                try {
                    runtime.handler.onError(runtime.watch, t);
                } catch (Throwable another) {
                    failed(another);
                }
            }
        }
    }

    private void failed(Throwable thrown) {
        runtime.errors.increment();
        runtime.report(thrown);
    }

    @Override
    public String toString() {
        return runtime.toString();
    }
}
