package io.millio.loop;

import io.millio.internal.Counter;
import io.millio.internal.ReactorCounters;
import io.millio.internal.poll.PollSource;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A user's channel on a reactor. With WORKERS dispatch it is armed one event at a time: the reactor drops its interest before it
 * queues the event and takes it up again when the handler has returned, or a level-triggered selector would report the same
 * readiness until the worker gets to it. What the selector sees is the reactor's; the wishes of other threads reach it as tasks.
 */
final class ChannelRegistration extends Source implements Registration {
    private final Watch watch;
    private final Event event;
    private final boolean oneShot;
    private final Runnable queuedUpdate = this::queuedUpdate;
    private final Runnable rearm = this::rearm;
    private volatile Interest interest;
    private volatile boolean paused;
    private volatile int ready;

    /** Whether an update waits in the reactor's queue; one is enough for any number of wishes. */
    private final AtomicBoolean updateQueued = new AtomicBoolean();

    /** Reactor only: an event is on its way through the workers. */
    private boolean busy;

    ChannelRegistration(
            LoopEngine engine,
            Reactor reactor,
            Token token,
            SelectableChannel channel,
            Interest interest,
            Dispatch dispatch,
            EventHandler handler) {
        super(engine, reactor, token, dispatch, handler);
        this.watch = new Watch(channel);
        this.event = new Event(token, this, channel);
        this.oneShot = dispatch != Dispatch.DIRECT;
        this.interest = interest;
    }

    SelectableChannel channel() {
        return watch.channel();
    }

    /**
     * Any thread: begins to watch, at once on the reactor's thread, else as its next task. A reactor that is about to end has told
     * its sources so, or soon will; one that comes after that, perhaps from a last event, must wait for the next life.
     */
    void arm() {
        if (reactor().inReactor() && !reactor().stopRequested()) {
            armNow();
        } else {
            reactor().execute(this::armNow);
        }
    }

    private void armNow() {
        if (isOpen()) {
            try {
                reactor().register(watch, operations());
            } catch (IOException | RuntimeException e) {
                watch.lost(e);
            }
        }
    }

    private void onReactor(Runnable task) {
        if (reactor().inReactor()) {
            task.run();
        } else {
            reactor().execute(task);
        }
    }

    @Override
    public void interest(Interest wanted) {
        wanted.check(channel());
        interest = wanted;
        requestUpdate();
    }

    @Override
    public void pause() {
        paused = true;
        requestUpdate();
    }

    @Override
    public void resume() {
        paused = false;
        requestUpdate();
    }

    private void requestUpdate() {
        if (reactor().inReactor()) {
            update();
        } else if (updateQueued.compareAndSet(false, true)) {
            reactor().execute(queuedUpdate);
        }
    }

    private void queuedUpdate() {
        updateQueued.set(false);
        update();
    }

    private void update() {
        if (!channel().isOpen()) {
            // Its handler has closed it, as like as not. The selector says nothing about that until it is asked again.
            lose();
        }
        reactor().interest(watch, busy || paused || !isOpen() ? 0 : operations());
    }

    private int operations() {
        return paused ? 0 : interest.operations(channel());
    }

    private void rearm() {
        busy = false;
        update();
    }

    @Override
    Event event() {
        return event;
    }

    @Override
    int takeReady() {
        int operations = ready;
        ready = 0;
        return paused ? 0 : operations;
    }

    @Override
    void handled() {
        if (oneShot) {
            reactor().execute(rearm);
        } else {
            update();
        }
    }

    @Override
    void detach(boolean andChannel) {
        onReactor(() -> {
            reactor().deregister(watch);
            if (andChannel) {
                release();
            }
        });
    }

    @Override
    void release() {
        try {
            channel().close();
        } catch (IOException nothingLeftToRelease) {
            // The descriptor is gone either way.
        }
    }

    /** What the selector knows; confined to the reactor. */
    final class Watch extends PollSource {
        Watch(SelectableChannel channel) {
            super(channel);
        }

        @Override
        public void ready(int readyOps) {
            ready = readyOps;
            count(readyOps);
            if (oneShot) {
                busy = true;
                reactor().interest(this, 0);
            }
            wake();
        }

        private void count(int readyOps) {
            ReactorCounters counters = reactor().counters();
            add(counters.reads, readyOps & SelectionKey.OP_READ);
            add(counters.writes, readyOps & SelectionKey.OP_WRITE);
            add(counters.accepts, readyOps & SelectionKey.OP_ACCEPT);
            add(counters.connects, readyOps & SelectionKey.OP_CONNECT);
        }

        private static void add(Counter counter, int operation) {
            if (operation != 0) {
                counter.increment();
            }
        }

        @Override
        public void lost(@Nullable Throwable cause) {
            if (cause != null) {
                reactor().report(ChannelRegistration.this, cause);
            }
            lose();
        }

        @Override
        public String toString() {
            return ChannelRegistration.this.toString();
        }
    }
}
