package io.millio.loop;

import io.millio.internal.Counter;
import io.millio.internal.ReactorCounters;
import io.millio.internal.poll.PollSource;
import io.millio.internal.poll.Poller;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one reactor and what is ready among them: changes of interest applied between selects, keys collected inside
 * select and handed out after it, and the health of the selector. Owned by the reactor's thread but for {@link #wakeup} and
 * {@link #size}.
 */
final class Selection {
    private static final int PREMATURE_RETURNS_BEFORE_REBUILD = 512;

    /** The JDK's selector finds at most so many ready at a time, and others the next time. */
    private static final int BATCH = 1024;

    /** A turn that takes longer counts as a stall, too. */
    private static final long SUSPENDED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Object reactor;
    private final Poller.Factory pollers;
    private final ReactorCounters counters;
    private final ErrorReporter errors;
    private final Consumer<SelectionKey> collector = this::collect;
    private final List<PollSource> changes = new ArrayList<>();
    private final Set<PollSource> userSources = new HashSet<>();
    private volatile @Nullable Poller poller;
    private final Counter size = new Counter();
    private @Nullable SelectionKey[] ready = new SelectionKey[64];
    private int readyCount;
    private int readyNext;
    private int prematureReturns;
    private int turnsBehind;

    Selection(Object reactor, Poller.Factory pollers, ReactorCounters counters, ErrorReporter errors) {
        this.reactor = reactor;
        this.pollers = pollers;
        this.counters = counters;
        this.errors = errors;
    }

    void open() throws IOException {
        poller = pollers.open();
    }

    /** Ends the users' registrations that came too late to be ended by their loop. */
    void loseUserSources() {
        List.copyOf(userSources).forEach(source -> lose(source, null));
    }

    void close() {
        changes.forEach(source -> source.changing = false);
        changes.clear();
        userSources.clear();
        Arrays.fill(ready, null);
        readyCount = readyNext = 0;
        close(poller);
        poller = null;
        size.add(-size.get());
    }

    private void close(@Nullable Poller closing) {
        if (closing != null) {
            try {
                closing.close();
            } catch (IOException e) {
                errors.report(reactor, e);
            }
        }
    }

    private Poller poller() {
        Poller current = poller;
        if (current == null) {
            throw new IllegalStateException(reactor + " has no selector; it has not been started or has stopped");
        }
        return current;
    }

    /** Any thread. */
    void wakeup() {
        Poller current = poller;
        if (current != null) {
            current.wakeup();
        }
    }

    /** Any thread: the number of channels watched. */
    int size() {
        return (int) size.get();
    }

    // ---- select -----------------------------------------------------------------------------------------------------

    /** Replaces what is ready, which must have been handed out; waits at most as long as told, 0 meaning not at all. */
    int select(long timeoutMillis) {
        readyCount = readyNext = 0;
        try {
            return poller().select(collector, timeoutMillis);
        } catch (IOException e) {
            errors.report(reactor, e);
            rebuild();
            return 0;
        }
    }

    private void collect(SelectionKey key) {
        if (readyCount == ready.length) {
            ready = Arrays.copyOf(ready, readyCount * 2);
        }
        ready[readyCount++] = key;
    }

    /** Judges the last select: so many returns in a row without a cause mean that the selector is broken. */
    void returned(boolean premature) {
        if (!premature) {
            prematureReturns = 0;
        } else if (++prematureReturns >= PREMATURE_RETURNS_BEFORE_REBUILD) {
            rebuild();
        }
        if (poller().keys().size() < size.get()) {
            sweep();
        }
    }

    /**
     * Whether timers may be looked at, for what had arrived by now has been read. It has not if the reactor is late, because the
     * process was suspended or a handler blocked: a wait that is interrupted so does not even look at what is ready. Then every
     * channel is asked once more before. A reactor that is late in each turn looks at its timers in between nevertheless.
     */
    boolean isAbreast(long lateNanos) {
        if (turnsBehind == 0 && lateNanos > SUSPENDED_NANOS) {
            turnsBehind = size() / BATCH + 2;
        }
        if (turnsBehind > 0 && !hasReady()) {
            turnsBehind--;
        }
        return turnsBehind == 0;
    }

    boolean hasReady() {
        return readyNext < readyCount;
    }

    /** Calls the next ready source, if it still is registered and still wants what it is ready for. */
    void dispatchNext() {
        SelectionKey key = ready[readyNext];
        ready[readyNext++] = null;
        PollSource source = key == null ? null : (PollSource) key.attachment();
        if (source == null || key == null || source.key != key) {
            return;
        }
        try {
            int operations = key.readyOps() & source.wantedOps;
            if (operations != 0) {
                source.ready(operations);
            }
        } catch (CancelledKeyException closedMeanwhile) {
            lose(source, null);
        } catch (Throwable t) {
            errors.report(source, t);
            lose(source, t);
        }
    }

    private void lose(PollSource source, @Nullable Throwable cause) {
        deregister(source);
        try {
            source.lost(cause);
        } catch (Throwable t) {
            errors.report(source, t);
        }
    }

    /** Channels closed by other threads leave the key set without a word; only the users' own are ever closed that way. */
    private void sweep() {
        for (PollSource source : List.copyOf(userSources)) {
            if (!source.channel().isOpen()) {
                lose(source, null);
            }
        }
        size.add(Math.min(0, poller().keys().size() - size.get()));
    }

    /** Moves every channel to a new selector, which reports again what was ready. */
    private void rebuild() {
        Poller old = poller();
        Poller fresh;
        try {
            fresh = pollers.open();
        } catch (IOException e) {
            errors.report(reactor, e);
            return;
        }
        prematureReturns = 0;
        counters.rebuilds.increment();
        poller = fresh;
        for (SelectionKey key : List.copyOf(old.keys())) {
            move((PollSource) key.attachment(), key, fresh);
        }
        close(old);
    }

    private void move(PollSource source, SelectionKey oldKey, Poller fresh) {
        if (source.key != oldKey) {
            return;
        }
        oldKey.cancel();
        try {
            source.key = fresh.register(source, source.wantedOps);
        } catch (IOException | RuntimeException e) {
            lose(source, source.channel().isOpen() ? e : null);
        }
    }

    // ---- registration -----------------------------------------------------------------------------------------------

    void register(PollSource source, int interestOps, boolean userSource) throws IOException {
        Poller current = poller();
        source.wantedOps = interestOps;
        release(source.channel(), current);
        try {
            source.key = current.register(source, interestOps);
        } catch (CancelledKeyException stillLeaving) {
            // Cancelled a moment ago, the channel leaves at the next select; what this one finds ready is found again
            // later.
            current.select(key -> {}, 0);
            source.key = current.register(source, interestOps);
        }
        size.increment();
        if (userSource) {
            userSources.add(source);
        }
    }

    /** Its last holder may have been closed by another thread, whose word to this reactor still waits in the queue. */
    private void release(SelectableChannel channel, Poller current) {
        SelectionKey held = current.keyFor(channel);
        if (held != null && held.attachment() instanceof PollSource predecessor && predecessor.key == held) {
            deregister(predecessor);
        }
    }

    void interest(PollSource source, int interestOps) {
        if (source.key == null || source.wantedOps == interestOps) {
            return;
        }
        source.wantedOps = interestOps;
        if (!source.changing) {
            source.changing = true;
            changes.add(source);
        }
    }

    void applyInterestChanges() {
        for (int i = 0; i < changes.size(); i++) {
            PollSource source = changes.get(i);
            source.changing = false;
            SelectionKey key = source.key;
            try {
                if (key != null && key.interestOps() != source.wantedOps) {
                    key.interestOps(source.wantedOps);
                }
            } catch (CancelledKeyException closedMeanwhile) {
                lose(source, null);
            }
        }
        changes.clear();
    }

    void deregister(PollSource source) {
        SelectionKey key = source.key;
        if (key != null) {
            source.key = null;
            key.cancel();
            size.add(-1);
            userSources.remove(source);
        }
    }
}
