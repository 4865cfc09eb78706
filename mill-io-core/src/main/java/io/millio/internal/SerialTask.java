package io.millio.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Work for which any thread may ask and which never runs on two threads at once: the mailbox of one source.
 *
 * <pre>
 *            wake                 run                    turn() == false
 *   IDLE ------------> QUEUED ------------> RUNNING ---------------------------> IDLE
 *    |                   ^                   |   ^ |
 *    |                   |      wake         v   | | turn() == true
 *    |                   +--------------- RERUN  | +------------------> QUEUED
 *    |                     after turn()          |
 *    +-------------------------------------------+
 *                        tryEnter
 * </pre>
 *
 * <p>A task is in the run queue of its lane at most once, so that queue is intrusive ({@link #next}) and cannot overflow.
 * Ordering: whoever publishes work and then calls {@link #wake} either finds RUNNING and leaves RERUN behind, in which case
 * the runner's failed CAS back to IDLE makes it look again; or finds IDLE and queues the task, whose later run sees the work
 * through the CAS chain on {@code state}; or finds a turn that is still to come, QUEUED or RERUN, and writes nothing. In that last
 * case its work, if written plainly, could still be on its way while the runner already looks for it: a fence orders the two, and
 * the state read after it decides. The fields that only {@link #turn} touches are therefore confined to one thread at a
 * time without a lock, whichever thread that is.
 */
public abstract class SerialTask implements Runnable {
    private static final int IDLE = 0;
    private static final int QUEUED = 1;
    private static final int RUNNING = 2;
    private static final int RERUN = 3;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(SerialTask.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The link of the one queue this task is in; belongs to that queue. */
    @Nullable
    SerialTask next;

    /** When the task was put into the workers' queue; belongs to that queue. */
    public long queuedAtNanos;

    private volatile int state;

    /** One slice of the work; what it throws goes to the lane. Returns true if there is more to do that no {@link #wake} will announce. */
    protected abstract boolean turn();

    /** The lane this task runs on; constant while the task is not idle. */
    protected abstract Lane lane();

    /** Any thread: something is there to be looked at. */
    public final void wake() {
        while (true) {
            int seen = state;
            switch (seen) {
                case IDLE:
                    if (STATE.compareAndSet(this, IDLE, QUEUED)) {
                        lane().dispatch(this);
                        return;
                    }
                    break;
                case RUNNING:
                    if (STATE.compareAndSet(this, RUNNING, RERUN)) {
                        return;
                    }
                    break;
                default:
                    VarHandle.fullFence();
                    if (state == seen) {
                        return;
                    }
            }
        }
    }

    /** Called by the lane, once for each {@link Lane#dispatch}. */
    @Override
    public final void run() {
        STATE.setVolatile(this, RUNNING);
        boolean more = false;
        try {
            more = turn();
        } finally {
            leave(more);
        }
    }

    /** Enters without a queue, for a caller that already is on the lane's thread; false if the task is queued or running. */
    protected final boolean tryEnter() {
        return STATE.compareAndSet(this, IDLE, RUNNING);
    }

    /** Ends what {@link #tryEnter} began. */
    protected final void leave(boolean more) {
        if (more || !STATE.compareAndSet(this, RUNNING, IDLE)) {
            STATE.setVolatile(this, QUEUED);
            lane().dispatch(this);
        }
    }
}
