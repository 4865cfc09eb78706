package io.millio.loop;

import io.millio.internal.Lane;
import io.millio.internal.SerialTask;
import io.millio.internal.SerialTaskList;
import io.millio.work.WorkerPool;

/**
 * The way from one reactor to a pool. Any thread may send; what the reactor itself sends it keeps, as its owner, and hands over at the
 * end of its turn, for one wake-up.
 */
final class PoolLane implements Lane {
    private final Reactor reactor;
    private final WorkerPool pool;
    private final SerialTaskList pending = new SerialTaskList();

    PoolLane(Reactor reactor, WorkerPool pool) {
        this.reactor = reactor;
        this.pool = pool;
    }

    @Override
    public void dispatch(SerialTask task) {
        if (reactor.inReactor()) {
            pending.add(task);
        } else {
            pool.execute(task);
        }
    }

    void handOver() {
        if (!pending.isEmpty()) {
            pool.execute(pending);
        }
    }
}
