package io.millio.internal.transport;

import io.millio.internal.Lane;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;

/** Runs something once on a reactor, behind its next select; made, and then woken, on that reactor, which owns it. */
final class AfterSelect extends SerialTask {
    private final ReactorPort reactor;
    private final Runnable task;
    private final long before;

    AfterSelect(ReactorPort reactor, Runnable task) {
        this.reactor = reactor;
        this.task = task;
        this.before = selects();
    }

    private long selects() {
        return reactor.counters().selects();
    }

    @Override
    protected boolean turn() {
        if (selects() == before) {
            return true;
        }
        task.run();
        return false;
    }

    @Override
    protected Lane lane() {
        return reactor.directLane();
    }
}
