package io.millio.loop;

import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.AtomicBoolean;

/** A trigger: a mailbox that anybody may ring. Any thread fires; the mailbox's thread takes. */
final class TriggerSource extends Source implements Trigger {
    private final Event event;
    private final AtomicBoolean fired = new AtomicBoolean();

    TriggerSource(LoopEngine engine, Reactor reactor, Token token, Dispatch dispatch, EventHandler handler) {
        super(engine, reactor, token, dispatch, handler);
        this.event = new Event(token, null, null);
    }

    @Override
    public void fire() {
        if (isOpen() && fired.compareAndSet(false, true)) {
            wake();
        }
    }

    @Override
    Event event() {
        return event;
    }

    @Override
    int takeReady() {
        return fired.getAndSet(false) ? SelectionKey.OP_READ : 0;
    }

    @Override
    void handled() {
        // Nothing to arm: the next fire() wakes the mailbox.
    }

    @Override
    void detach(boolean andChannel) {
        // Nothing feeds a trigger but fire(), which looks whether it is open.
    }

    @Override
    void release() {
        // A trigger holds nothing.
    }
}
