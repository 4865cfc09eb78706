package io.millio.internal.poll;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The JDK's selector (epoll, kqueue or the Windows one), which polls at most 1024 events at once; owned by one reactor. */
public final class NioPoller implements Poller {
    private final Selector selector;

    public NioPoller() throws IOException {
        selector = Selector.open();
    }

    @Override
    public SelectionKey register(PollSource source, int interestOps) throws IOException {
        return source.channel().register(selector, interestOps, source);
    }

    @Override
    public @Nullable SelectionKey keyFor(SelectableChannel channel) {
        return channel.keyFor(selector);
    }

    @Override
    public int select(Consumer<SelectionKey> collector, long timeoutMillis) throws IOException {
        if (timeoutMillis <= 0) {
            return selector.selectNow(collector);
        }
        return selector.select(collector, timeoutMillis == Long.MAX_VALUE ? 0 : timeoutMillis);
    }

    @Override
    public void wakeup() {
        selector.wakeup();
    }

    @Override
    public Set<SelectionKey> keys() {
        return selector.keys();
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }
}
