package io.millio.loop;

import io.millio.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a reactor does not come back to its selector. Owned by a thread of its own, a daemon, for one life of the loop;
 * {@link #wake} is for the reactors.
 */
final class Watchdog implements Runnable {
    /*
     * It looks at every reactor twice per threshold. A reactor that is not asleep and has not selected since an earlier look has been
     * busy with one turn at least since then. A look that comes late itself (the machine was suspended, or has no time for
     * anybody) proves nothing about the reactor, so it only starts the observation anew.
     *
     * When every reactor sleeps the watchdog does, too, for an idle process should not be woken by its own guard: it publishes
     * `dormant` and looks once more, while a reactor first ceases to sleep and then looks at `dormant`.
     */

    private static final System.Logger LOG = System.getLogger("io.millio.loop");

    private final String loop;
    private final List<Reactor> reactors;
    private final long thresholdNanos;
    private final Ticker ticker;
    private final StallListener listener;
    private final ErrorReporter errors;
    private final long[] lastTurn;
    private final long[] busySince;
    private final boolean[] told;
    private volatile boolean dormant;
    private volatile boolean stopped;
    private volatile @Nullable Thread thread;

    Watchdog(LoopOptions options, List<Reactor> reactors, ErrorReporter errors) {
        this.loop = options.name();
        this.reactors = reactors;
        this.thresholdNanos = options.stallThreshold().toNanos();
        this.ticker = options.ticker();
        this.listener = options.stallListener();
        this.errors = errors;
        this.lastTurn = new long[reactors.size()];
        this.busySince = new long[reactors.size()];
        this.told = new boolean[reactors.size()];
    }

    /** Begins a life; does nothing if the watchdog is switched off. */
    void start() {
        if (thresholdNanos > 0) {
            stopped = false;
            Thread started = new Thread(null, this, loop + "-watchdog", 0, false);
            started.setDaemon(true);
            thread = started;
            started.start();
        }
    }

    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    /** A reactor has ceased to sleep; costs a volatile read unless the watchdog sleeps. */
    void wake() {
        if (dormant) {
            dormant = false;
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void run() {
        long period = Math.max(1_000_000, thresholdNanos / 2);
        restart();
        while (isCurrent()) {
            long before = ticker.nanos();
            LockSupport.parkNanos(this, period);
            long now = ticker.nanos();
            if (now - before > period + thresholdNanos / 2) {
                restart();
            } else if (look(now)) {
                sleep();
            }
        }
    }

    /** False once this life has ended, even if the next one has begun already. */
    private boolean isCurrent() {
        return !stopped && thread == Thread.currentThread();
    }

    private void restart() {
        for (int i = 0; i < lastTurn.length; i++) {
            lastTurn[i] = -1;
        }
    }

    /** True if every reactor slept. */
    private boolean look(long now) {
        boolean allAsleep = true;
        for (int i = 0; i < lastTurn.length; i++) {
            Reactor reactor = reactors.get(i);
            long turn = reactor.turns();
            if (reactor.isAsleep()) {
                lastTurn[i] = -1;
            } else {
                allAsleep = false;
                observe(i, reactor, turn, now);
            }
        }
        return allAsleep;
    }

    private void observe(int i, Reactor reactor, long turn, long now) {
        if (turn != lastTurn[i]) {
            lastTurn[i] = turn;
            busySince[i] = now;
            told[i] = false;
        } else if (!told[i] && now - busySince[i] >= thresholdNanos) {
            told[i] = true;
            tell(reactor, now - busySince[i]);
        }
    }

    private void tell(Reactor reactor, long nanos) {
        Thread blocked = reactor.thread();
        if (blocked == null) {
            return;
        }
        reactor.counters().stalls.increment();
        Stall stall = new Stall(
                loop, reactor.index(), blocked.getName(), Duration.ofNanos(nanos), List.of(blocked.getStackTrace()));
        try {
            LOG.log(System.Logger.Level.WARNING, stall.toString());
        } catch (Throwable unloggable) {
            // A logging back end has thrown: the count and the listener have the stall all the same.
        }
        try {
            listener.onStall(stall);
        } catch (Throwable t) {
            errors.report(listener, t);
        }
    }

    private void sleep() {
        dormant = true;
        for (Reactor reactor : reactors) {
            if (!reactor.isAsleep()) {
                dormant = false;
            }
        }
        while (dormant && isCurrent()) {
            LockSupport.park(this);
        }
    }
}
