package io.millio.testkit;

import io.millio.internal.poll.NioPoller;
import io.millio.internal.poll.PollSource;
import io.millio.internal.poll.Poller;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A real selector that counts what is asked of it and misbehaves when told to. Owned by its reactor, as every poller; the
 * {@link Selectors} that made it belong to the test.
 */
public final class FakePoller implements Poller {
    private final Poller real = new NioPoller();
    private final Selectors made;

    private FakePoller(Selectors made) throws IOException {
        this.made = made;
    }

    @Override
    public SelectionKey register(PollSource source, int interestOps) throws IOException {
        return real.register(source, interestOps);
    }

    @Override
    public @Nullable SelectionKey keyFor(SelectableChannel channel) {
        return real.keyFor(channel);
    }

    @Override
    public int select(Consumer<SelectionKey> collector, long timeoutMillis) throws IOException {
        made.selects.incrementAndGet();
        made.waiting = timeoutMillis > 0;
        try {
            return made.select.select(real, collector, timeoutMillis);
        } finally {
            made.waiting = false;
        }
    }

    @Override
    public void wakeup() {
        made.wakeups.incrementAndGet();
        real.wakeup();
    }

    @Override
    public Set<SelectionKey> keys() {
        return real.keys();
    }

    @Override
    public void close() throws IOException {
        made.closes.incrementAndGet();
        real.close();
    }

    /** What one select does; on the reactor's thread. */
    public interface Select {
        int select(Poller real, Consumer<SelectionKey> collector, long timeoutMillis) throws IOException;
    }

    /** Makes fake pollers, and steers all it has made; for any thread. */
    public static final class Selectors implements Poller.Factory {
        public final AtomicInteger opens = new AtomicInteger();
        public final AtomicInteger closes = new AtomicInteger();
        public final AtomicInteger selects = new AtomicInteger();
        public final AtomicInteger wakeups = new AtomicInteger();
        private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();

        /** Whether a select that may wait has begun, and been counted, and not returned; of the latest poller. */
        public volatile boolean waiting;

        private volatile Runnable beforeOpen = () -> {};
        private volatile Select select = Poller::select;

        @Override
        public Poller open() throws IOException {
            beforeOpen.run();
            IOException failure = failures.poll();
            if (failure != null) {
                throw failure;
            }
            FakePoller poller = new FakePoller(this);
            opens.incrementAndGet();
            return poller;
        }

        /** Makes one of the next opens fail; several such wait in line. */
        public void failNextOpen(IOException failure) {
            failures.add(failure);
        }

        public void beforeOpen(Runnable action) {
            beforeOpen = action;
        }

        public void onSelect(Select behaviour) {
            select = behaviour;
        }
    }
}
