package io.millio.loop;

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
        thread.start();
        return thread;
    }

    @Override
    public void run() {
        reactor.adopt();
        while (!reactor.stopRequested()) {
            turn();
        }
        reactor.runQueued();
        engine.reactorStopping(reactor);
        reactor.close();
    }

    private void turn() {
        try {
            reactor.turn(true);
        } catch (Throwable t) {
            // Every callback is guarded where it is made; what comes here is ours, or memory that ran out. Both are
            // survivable.
            engine.errors().report(reactor, t);
        }
    }
}
