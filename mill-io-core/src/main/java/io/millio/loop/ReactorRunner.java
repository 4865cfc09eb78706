package io.millio.loop;

import io.millio.internal.ReactorThread;

/** Gives one reactor a thread for one life: turns until it is asked to stop, then ends what lives on it. */
final class ReactorRunner implements Runnable {
    private final LoopEngine engine;
    private final Reactor reactor;

    ReactorRunner(LoopEngine engine, Reactor reactor) {
        this.engine = engine;
        this.reactor = reactor;
    }

    /** Starts a non-daemon thread for the given work, which includes this runner. */
    static Thread start(String name, Runnable work) {
        Thread thread = new Thread(null, work, name, 0, false);
        thread.setDaemon(false);
        // Newer JDKs give a thread that inherits no thread-locals no class loader of its maker's either.
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
        thread.start();
        return thread;
    }

    @Override
    public void run() {
        reactor.adopt();
        ReactorThread.enter();
        Runnable turn = () -> reactor.turn(true);
        while (!reactor.stopRequested()) {
            attempt(turn);
        }
        attempt(reactor::runQueued);
        attempt(() -> engine.reactorStopping(reactor));
        attempt(reactor::close);
        ReactorThread.leave();
    }

    /** Every callback is guarded where it is made; what comes here is ours, or memory that ran out. Both are survivable. */
    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (Throwable t) {
            engine.errors().report(reactor, t);
        }
    }
}
