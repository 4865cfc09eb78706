package io.millio.loop;

import io.millio.internal.Checks;
import io.millio.internal.LoopComponent;
import io.millio.loop.LoopStats.State;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
 * The thread of the first reactor ends a life: it waits for the other reactors, then for the workers, and then says so.
 */
final class Lifecycle {
    /** How long handlers may go on after stop or close before they are interrupted, and after that before they are given up. */
    private static final Duration STOP_GRACE = Duration.ofSeconds(1);

    private final LoopEngine engine;
    private final Ticker ticker;
    private State state = State.NEW;
    private boolean stopRemembered;
    private boolean closeRequested;
    private @Nullable Life life;

    Lifecycle(LoopEngine engine, Ticker ticker) {
        this.engine = engine;
        this.ticker = ticker;
    }

    synchronized State state() {
        return state;
    }

    boolean isRunning() {
        State now = state();
        return now == State.RUNNING || now == State.DRAINING;
    }

    // ---- starting ---------------------------------------------------------------------------------------------------

    void run() {
        Life started = begin();
        if (started != null) {
            started.run();
        }
    }

    void start() {
        Life started = begin();
        if (started != null) {
            ReactorRunner.start(threadName(0), started);
        }
    }

    boolean ensureStarted() {
        if (state() == State.NEW) {
            start();
        }
        return isRunning();
    }

    /** Null if a stop was remembered. */
    private @Nullable Life begin() {
        Life started = new Life();
        synchronized (this) {
            switch (state) {
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
            engine.open();
        } catch (Throwable t) {
            ended(started, State.STOPPED);
            throw t;
        }
        return started;
    }

    private String threadName(int reactor) {
        return engine.name() + "-reactor-" + reactor;
    }

    // ---- stopping ---------------------------------------------------------------------------------------------------

    void stop() {
        synchronized (this) {
            if (state == State.NEW) {
                stopRemembered = true;
                return;
            }
            if (life == null) {
                return;
            }
            life.stoppedByHand = true;
        }
        requestStop();
    }

    private void requestStop() {
        engine.reactorList().forEach(Reactor::requestStop);
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
                return;
            }
        }
        stop();
        if (!engine.inLoopThread()) {
            closing.ended.join();
        }
    }

    private void ended(Life over, State next) {
        synchronized (this) {
            state = closeRequested ? State.CLOSED : next;
            life = null;
        }
        over.ended.complete(true);
        // Nobody has drained a life that failed to begin.
        over.report.complete(new DrainReport(Duration.ZERO, 0, 0, List.of()));
    }

    /** From one start to the end of its stop; run by the thread of the first reactor. */
    private final class Life implements Runnable {
        private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
        private final CompletableFuture<DrainReport> report = new CompletableFuture<>();
        private volatile long drainStartNanos;
        private volatile long drainDeadlineNanos;
        private volatile boolean draining;
        private volatile boolean stoppedByHand;

        @Override
        public void run() {
            List<Thread> others = new ArrayList<>();
            List<Reactor> reactors = engine.reactorList();
            for (int i = 1; i < reactors.size(); i++) {
                others.add(ReactorRunner.start(threadName(i), new ReactorRunner(engine, reactors.get(i))));
            }
            new ReactorRunner(engine, reactors.get(0)).run();
            reactors.forEach(Reactor::requestStop);
            boolean interrupted = joinAll(others);
            Duration grace = draining && !stoppedByHand ? drainLeft() : STOP_GRACE;
            List<String> stuck = engine.stopWorkers(grace, STOP_GRACE);
            engine.components().forEach(LoopComponent::loopStopped);
            DrainReport drained = drainReport(stuck);
            report.complete(drained);
            ended(this, State.STOPPED);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
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
            Reactor first = engine.reactorList().get(0);
            first.timers().submit(drainLeft().toNanos(), this::cut);
            first.wakeupBefore(drainDeadlineNanos);
            CompletableFuture<?>[] parts = engine.components().stream()
                    .map(component -> component.drain().toCompletableFuture())
                    .toArray(CompletableFuture<?>[]::new);
            CompletableFuture<?> unused = CompletableFuture.allOf(parts).whenComplete((done, failure) -> requestStop());
        }

        private void cut() {
            engine.components().forEach(LoopComponent::cut);
            requestStop();
        }

        private Duration drainLeft() {
            return Duration.ofNanos(Math.max(0, drainDeadlineNanos - ticker.nanos()));
        }

        private DrainReport drainReport(List<String> stuck) {
            long drained = 0;
            long cutOff = 0;
            for (LoopComponent component : engine.components()) {
                drained += component.drained();
                cutOff += component.cutOff();
            }
            long start = draining ? drainStartNanos : ticker.nanos();
            return new DrainReport(Duration.ofNanos(ticker.nanos() - start), drained, cutOff, stuck);
        }
    }
}
