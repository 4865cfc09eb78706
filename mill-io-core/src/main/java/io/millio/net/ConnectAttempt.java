package io.millio.net;

import io.millio.internal.ReactorPort;
import io.millio.internal.transport.ConnectSink;
import io.millio.internal.transport.LocalListener;
import io.millio.internal.transport.NioConnector;
import io.millio.internal.transport.Transport;
import io.millio.time.Timeout;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to connect a client, to whichever of its host's addresses answers first (RFC 8305, sections 4 and 5). Owned by the
 * reactor on which the connection is to live, but for the lookup of the name.
 *
 * <pre>
 *   lookup ---> address 1 ---250 ms, or failed---> address 2 ---> ...       the first that is connected ends the others
 *   |<------------------------------- connect time-out ------------------------------->|
 * </pre>
 */
final class ConnectAttempt {
    private static final long NEXT_ADDRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final ClientRuntime client;
    private final Shard shard;
    private final ReactorPort reactor;
    private final ConnectSink outcome;
    private final long startNanos;
    private final Deque<SocketAddress> untried = new ArrayDeque<>();
    private final List<Try> tries = new ArrayList<>();
    private int pending;
    private @Nullable Timeout deadline;
    private @Nullable Timeout next;
    private volatile boolean over;

    /** The outcome is told once, unless {@link #cancel} comes first. */
    ConnectAttempt(ClientRuntime client, Shard shard, ConnectSink outcome) {
        this.client = client;
        this.shard = shard;
        this.reactor = shard.reactor();
        this.outcome = outcome;
        this.startNanos = reactor.nanos();
    }

    /** The outcome may be told before this returns. */
    void start() {
        deadline = shard.schedule(client.options().connectTimeoutNanos(), this::timedOut);
        if (deadline == null) {
            fail(new IOException(client + " has no room for the timer of an attempt to connect"));
        } else if (client.options().address() instanceof InetSocketAddress host && host.isUnresolved()) {
            lookUp(host);
        } else {
            untried.add(client.options().address());
            tryNext();
        }
    }

    // ---- the name ---------------------------------------------------------------------------------------------------

    private void lookUp(InetSocketAddress host) {
        try {
            client.lookups().execute(() -> {
                if (!over) {
                    resolve(host);
                }
            });
        } catch (RuntimeException tooMany) {
            fail(new ConnectException(text("too many lookups of names wait already")), tooMany);
        }
    }

    /** On a thread for lookups. */
    private void resolve(InetSocketAddress host) {
        try {
            InetAddress[] found = client.options().resolver().resolve(host.getHostString());
            reactor.execute(() -> resolved(interleaved(found, host.getPort())));
        } catch (IOException | RuntimeException e) {
            reactor.execute(() -> fail(new ConnectException(text("the host name cannot be resolved")), e));
        }
    }

    private void resolved(List<SocketAddress> addresses) {
        untried.addAll(addresses);
        tryNext();
    }

    /** The two families take turns, beginning with that of the first address; within one the order stays. */
    static List<SocketAddress> interleaved(InetAddress[] found, int port) {
        Deque<SocketAddress> first = new ArrayDeque<>();
        Deque<SocketAddress> second = new ArrayDeque<>();
        for (InetAddress address : found) {
            Deque<SocketAddress> family = address.getClass() == found[0].getClass() ? first : second;
            family.add(new InetSocketAddress(address, port));
        }
        List<SocketAddress> order = new ArrayList<>(found.length);
        while (!first.isEmpty() || !second.isEmpty()) {
            for (Deque<SocketAddress> family : List.of(first, second)) {
                SocketAddress address = family.poll();
                if (address != null) {
                    order.add(address);
                }
            }
        }
        return order;
    }

    // ---- the addresses ----------------------------------------------------------------------------------------------

    private void tryNext() {
        cancel(next);
        next = null;
        if (over) {
            return;
        }
        SocketAddress address = untried.poll();
        if (address != null) {
            Try one = new Try(address);
            tries.add(one);
            pending++;
            if (!untried.isEmpty()) {
                next = shard.schedule(NEXT_ADDRESS_NANOS, this::tryNext);
            }
            one.start();
        } else if (pending == 0) {
            fail(new ConnectException(text("is a server listening there?")));
        }
    }

    private void timedOut() {
        String limit = Duration.ofNanos(client.options().connectTimeoutNanos()).toString();
        fail(new SocketTimeoutException(text("raise connectTimeout, which is " + limit + ", if that is too short")));
    }

    /** Reactor only: ends it without a word to anybody. */
    void cancel() {
        over = true;
        cancel(deadline);
        cancel(next);
        tries.forEach(Try::close);
    }

    private static void cancel(@Nullable Timeout timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    private void fail(IOException failure, Throwable... causes) {
        if (!over) {
            cancel();
            for (Throwable cause : causes) {
                failure.addSuppressed(cause);
            }
            for (Try one : tries) {
                if (one.failure != null) {
                    failure.addSuppressed(one.failure);
                }
            }
            outcome.failed(failure);
        }
    }

    private String text(String advice) {
        long millis = TimeUnit.NANOSECONDS.toMillis(reactor.nanos() - startNanos);
        return client + " is not connected to " + client.options().target() + " after " + millis + " ms"
                + (tries.isEmpty() ? "" : "; tried " + tries) + "; " + advice;
    }

    /** One address; owned by the reactor. */
    private final class Try implements ConnectSink {
        private final SocketAddress address;
        private @Nullable NioConnector connector;
        private @Nullable IOException failure;

        Try(SocketAddress address) {
            this.address = address;
        }

        void start() {
            if (address instanceof LocalAddress name) {
                SocketAddress from = client.options().local();
                LocalListener.connect(name, from == null ? name.nextClient() : from, reactor, shard.buffers(), this);
                return;
            }
            NioConnector opened;
            try {
                opened = NioConnector.open(
                        address, client.options().local(), client.socketOptions(), reactor, shard.buffers(), this);
            } catch (IOException e) {
                failed(e);
                return;
            }
            connector = opened;
            opened.start();
        }

        void close() {
            if (connector != null) {
                connector.close();
            }
        }

        /** Within the process there is nothing that could be closed before this. */
        @Override
        public void connected(Transport transport) {
            if (over) {
                // In memory there is nothing to be closed before.
                transport.abort();
                return;
            }
            cancel();
            outcome.connected(transport);
        }

        @Override
        public void failed(IOException cause) {
            failure = cause;
            pending--;
            tryNext();
        }

        @Override
        public String toString() {
            return address + " (" + (failure == null ? "no answer" : failure.getMessage()) + ")";
        }
    }
}
