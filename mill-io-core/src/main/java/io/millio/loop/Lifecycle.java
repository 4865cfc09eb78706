package io.millio.loop;

import io.millio.internal.Checks;
import io.millio.internal.DrainCount;
import io.millio.internal.LoopComponent;
import io.millio.loop.LoopStats.State;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The states of a loop and the one way through each of them; for any thread, its state guarded by its monitor, which is never
 * held while anything else is called.
 *
 * <pre>
 *   NEW ---start/run---> RUNNING ---shutdown---> DRAINING ---+
 *    | \                    |                                 v
 *    |  stop: remembered,   +------------stop----------> (stopping) ---> STOPPED ---start/run---> RUNNING ...
 *    |  the next run                                                        |
 *    |  returns at once                                                     |
 *    +---------------------------- close: from any state -------------------+---> CLOSED
 * </pre>
 *
 * The thread of the first reactor ends a life: it waits for the other reactors, then for the workers, and then says so. Whether a
 * life is to stop is the life's own word, which its reactors ask for: a stop may come while they are still being opened, and one
 * that comes late (the deadline of a drain that has ended) must not reach the next life.
 */
final class Lifecycle {
    /** How long handlers may go on after stop or close before they are interrupted, and after that before they are given up. */
    private static final Duration STOP_GRACE = Duration.ofSeconds(1);

    private final LoopEngine engine;
    private final Ticker ticker;
    private volatile State state = State.NEW;
    private boolean stopRemembered;
    private boolean closeRequested;
    private @Nullable Life life;

    Lifecycle(LoopEngine engine, Ticker ticker) {
        this.engine = engine;
        this.ticker = ticker;
    }

    State state() {
        return state;
    }

    boolean isRunning() {
        State now = state();
        return now == State.RUNNING || now == State.DRAINING;
    }

    // ---- starting ---------------------------------------------------------------------------------------------------

    void run() {
        Life started = begin(false);
        if (started != null) {
            started.run();
        }
    }

    void start() {
        launch(begin(false));
    }

    boolean ensureStarted() {
        launch(begin(true));
        return isRunning();
    }

    private void launch(@Nullable Life started) {
        if (started != null) {
            try {
                ReactorRunner.start(threadName(0), started);
            } catch (Throwable noMoreThreads) {
                started.requestStop();
                started.run();
                throw noMoreThreads;
            }
        }
    }

    /** Null if a stop was remembered, or the loop is not new although it was to be. */
    private @Nullable Life begin(boolean onlyIfNew) {
        Life started = new Life();
        State before;
        synchronized (this) {
            before = state;
            if (onlyIfNew && before != State.NEW) {
                return null;
            }
            switch (before) {
                case RUNNING, DRAINING ->
                    throw new IllegalStateException("loop '" + engine.name()
                            + "' runs already; a second run or start needs a stop that has ended");
                case CLOSED ->
                    throw new IllegalStateException("loop '" + engine.name() + "' is closed for good; make a new one");
                default -> {
                    if (stopRemembered) {
                        stopRemembered = false;
                        return null;
                    }
                    state = State.RUNNING;
                    life = started;
                }
            }
        }
        try {
            engine.open(started::stopRequested);
        } catch (Throwable t) {
            // As if it had not been tried; nobody has drained a life that failed to begin.
            ended(started, before, new DrainReport(Duration.ZERO, 0, 0, List.of()));
            throw t;
        }
        return started;
    }

    private String threadName(int reactor) {
        return engine.name() + "-reactor-" + reactor;
    }

    // ---- stopping ---------------------------------------------------------------------------------------------------

    void stop() {
        Life stopping;
        synchronized (this) {
            if (state == State.NEW) {
                stopRemembered = true;
                return;
            }
            stopping = life;
            if (stopping == null) {
                return;
            }
            stopping.stoppedByHand = true;
        }
        stopping.requestStop();
    }

    CompletionStage<DrainReport> shutdown(Duration timeout) {
        Checks.notNegative("timeout", timeout);
        Life draining;
        synchronized (this) {
            if (life == null) {
                return CompletableFuture.completedFuture(new DrainReport(Duration.ZERO, 0, 0, List.of()));
            }
            draining = life;
            if (state == State.DRAINING) {
                return draining.report.minimalCompletionStage();
            }
            state = State.DRAINING;
        }
        draining.drain(timeout);
        return draining.report.minimalCompletionStage();
    }

    void close() {
        Life closing;
        synchronized (this) {
            closeRequested = true;
            closing = life;
            if (closing == null) {
                state = State.CLOSED;
            }
        }
        if (closing == null) {
            engine.abandonSources();
            return;
        }
        stop();
        if (!engine.inLoopThread() && Thread.currentThread() != closing.thread) {
            closing.ended.join();
        }
    }

    /** The report comes last: whoever waits for it may start the loop again, or close it, there and then. */
    private void ended(Life over, State next, DrainReport report) {
        boolean closed;
        synchronized (this) {
            closed = closeRequested;
            state = closed ? State.CLOSED : next;
            life = null;
        }
        if (closed) {
            engine.abandonSources();
        }
        over.ended.complete(true);
        over.report.complete(report);
    }

    private synchronized boolean isCurrent(Life one) {
        return life == one;
    }

    /** From one start to the end of its stop; run by the thread of the first reactor. */
    private final class Life implements Runnable {
        private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
        private final CompletableFuture<DrainReport> report = new CompletableFuture<>();
        private volatile long drainStartNanos;
        private volatile long drainDeadlineNanos;
        private volatile boolean draining;

        /** What the drain waits for; a component that has ended may be gone from the engine by the time of the report. */
        private volatile List<CompletableFuture<DrainCount>> parts = List.of();

        /** What others do not need has been drained. */
        private final CompletableFuture<Boolean> answered = new CompletableFuture<>();

        private volatile boolean stoppedByHand;
        private volatile boolean stopRequested;
        private volatile @Nullable Thread thread;

        boolean stopRequested() {
            return stopRequested;
        }

        void requestStop() {
            stopRequested = true;
            engine.reactorList().forEach(Reactor::wakeup);
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            List<Thread> others = startOthers();
            new ReactorRunner(engine, engine.reactorList().get(0)).run();
            requestStop();
            boolean interrupted = joinAll(others);
            DrainReport achieved = new DrainReport(Duration.ZERO, 0, 0, List.of());
            try {
                Duration grace = draining && !stoppedByHand ? drainLeft() : STOP_GRACE;
                List<String> stuck = engine.stopWorkers(grace, STOP_GRACE);
                engine.loopStopped();
                achieved = drainReport(stuck);
            } catch (Throwable t) {
                engine.errors().report(engine, t);
            } finally {
                ended(this, State.STOPPED, achieved);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private List<Thread> startOthers() {
            List<Thread> others = new ArrayList<>();
            List<Reactor> reactors = engine.reactorList();
            for (int i = 1; i < reactors.size(); i++) {
                ReactorRunner runner = new ReactorRunner(engine, reactors.get(i));
                try {
                    others.add(ReactorRunner.start(threadName(i), runner));
                } catch (Throwable noMoreThreads) {
                    engine.errors().report(engine, noMoreThreads);
                    requestStop();
                    runner.run();
                }
            }
            return others;
        }

        private boolean joinAll(List<Thread> threads) {
            boolean interrupted = false;
            for (Thread thread : threads) {
                while (thread.isAlive()) {
                    try {
                        thread.join();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            }
            return interrupted;
        }

        void drain(Duration timeout) {
            drainStartNanos = ticker.nanos();
            drainDeadlineNanos = drainStartNanos + Math.min(Checks.nanos(timeout), Long.MAX_VALUE / 2);
            draining = true;
            boolean ends = hasDeadline();
            List<CompletableFuture<DrainCount>> all = new ArrayList<>();
            List<LoopComponent> components = List.copyOf(engine.components());
            for (LoopComponent part : components) {
                if (!part.drainsLast()) {
                    all.add(part.drain().toCompletableFuture());
                }
            }
            CompletableFuture<?> unusedOthers = allOf(all).whenComplete((done, failure) -> answered.complete(true));
            for (LoopComponent part : components) {
                if (part.drainsLast()) {
                    all.add(answered.thenCompose(done -> drainLate(part)));
                }
            }
            parts = List.copyOf(all);
            CompletableFuture<?> unused = allOf(all).whenComplete((done, failure) -> requestStop());
            if (!ends) {
                cut();
            }
        }

        /** False if there is no room for its timer: then nothing would ever end the drain. */
        private boolean hasDeadline() {
            Reactor first = engine.reactorList().get(0);
            try {
                first.timers().submit(drainLeft().toNanos(), this::cut);
                first.wakeupBefore(drainDeadlineNanos);
                return true;
            } catch (RejectedExecutionException full) {
                drainDeadlineNanos = drainStartNanos;
                return false;
            }
        }

        /** Not if a stop has come between: its part may have ended already, and must not be found draining by the next life. */
        private CompletionStage<DrainCount> drainLate(LoopComponent part) {
            return stopRequested ? CompletableFuture.completedFuture(DrainCount.NOTHING) : part.drain();
        }

        private static CompletableFuture<Void> allOf(List<CompletableFuture<DrainCount>> futures) {
            return CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new));
        }

        private void cut() {
            if (!isCurrent(this)) {
                return;
            }
            // What was to be drained last is to be counted among what is cut.
            answered.complete(true);
            engine.components().forEach(LoopComponent::cut);
            requestStop();
        }

        private Duration drainLeft() {
            return Duration.ofNanos(Math.max(0, drainDeadlineNanos - ticker.nanos()));
        }

        private DrainReport drainReport(List<String> stuck) {
            long drained = 0;
            long cutOff = 0;
            for (CompletableFuture<DrainCount> part : parts) {
                DrainCount count = part.getNow(DrainCount.NOTHING);
                drained += count.drained();
                cutOff += count.cut();
            }
            long start = draining ? drainStartNanos : ticker.nanos();
            return new DrainReport(Duration.ofNanos(ticker.nanos() - start), drained, cutOff, stuck);
        }
    }
}
