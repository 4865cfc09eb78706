package io.millio.loop;

import io.millio.internal.Lane;
import io.millio.internal.SerialTask;

/**
 * The part that raw registrations and triggers share: one handler, called by one thread at a time through a mailbox, and a life
 * that ends once. Fields are owned by whichever thread runs the mailbox unless they say otherwise.
 */
abstract class Source {
    private final LoopEngine engine;
    private final Reactor reactor;
    private final Token token;
    private final EventHandler handler;
    private final Lane lane;
    private final Mailbox mailbox = new Mailbox();

    /** Open until it is closed by its owner or lost; written under the engine's registry, read by any thread. */
    private volatile boolean open = true;

    /** Whether the handler is still to be told of an end that was not its own doing. */
    private volatile boolean lost;

    Source(LoopEngine engine, Reactor reactor, Token token, Dispatch dispatch, EventHandler handler) {
        this.engine = engine;
        this.reactor = reactor;
        this.token = token;
        this.handler = handler;
        this.lane = switch (dispatch) {
            case DIRECT -> reactor.directLane();
            case WORKERS -> reactor.workersLane();
            case VIRTUAL -> reactor.virtualLane();
        };
    }

    /** The event to lend to the handler. */
    abstract Event event();

    /** Takes what has happened since the last call, as selection-key operations; 0 if nothing has. */
    abstract int takeReady();

    /** What {@link #takeReady} gave has been dealt with. */
    abstract void handled();

    /** Stops whatever feeds this source, and with {@code andChannel} closes what it watches; any thread. */
    abstract void detach(boolean andChannel);

    /** Closes what it watches. */
    abstract void release();

    final Reactor reactor() {
        return reactor;
    }

    public final Token token() {
        return token;
    }

    public final boolean isOpen() {
        return open;
    }

    final void wake() {
        mailbox.wake();
    }

    /** Any thread: the owner's own end, after which the handler is not called again. */
    public final void close() {
        if (end()) {
            detach(false);
        }
    }

    /** Any thread: an end that the handler hears of. */
    final void lose() {
        if (end()) {
            lost = true;
            detach(true);
            wake();
        }
    }

    /** An end that nobody hears of, for the loop will not run again and its reactor has no thread. */
    final void abandon() {
        if (end()) {
            release();
        }
    }

    private synchronized boolean end() {
        boolean first = open;
        open = false;
        if (first) {
            engine.registry().remove(this);
        }
        return first;
    }

    private boolean turn() {
        if (lost) {
            lost = false;
            call(event().set(0, true));
        } else if (open) {
            int operations = takeReady();
            if (operations != 0) {
                call(event().set(operations, false));
            }
            handled();
        }
        return false;
    }

    private void call(Event event) {
        try {
            handler.onEvent(event);
        } catch (Throwable t) {
            engine.errors().report(this, t);
            if (end()) {
                detach(true);
            }
        }
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + " of " + token + " on loop '" + engine.name() + "'";
    }

    private final class Mailbox extends SerialTask {
        @Override
        protected boolean turn() {
            return Source.this.turn();
        }

        @Override
        protected Lane lane() {
            return lane;
        }

        @Override
        public String toString() {
            return Source.this.toString();
        }
    }
}
