package io.millio.net;

import io.millio.internal.ReactorPort;
import io.millio.internal.transport.ConnectSink;
import io.millio.internal.transport.Transport;
import io.millio.time.Timeout;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one call of {@link TcpClient#connect} has begun: one connection, or with reconnecting one after the other. Owned by the
 * reactor that was chosen for it, except for the methods that say otherwise.
 *
 * <pre>
 *   ATTEMPT --connected--> CONNECTED --ended--> (reconnecting) WAITING --> ATTEMPT ...
 *      |  ^                    |                                   |
 *      |  +------ WAITING <----|-- failed (reconnecting)           |
 *      +---- failed -----------+---- ended, stop ------------------+--> over
 * </pre>
 */
final class ClientSession implements ConnectSink {
    private final ClientRuntime client;
    private final Shard shard;
    private final CompletableFuture<Connection> future = new CompletableFuture<>();

    private @Nullable ConnectAttempt attempt;
    private @Nullable Timeout waiting;
    private @Nullable StreamConnection connection;
    private int retries;
    private volatile boolean told;
    private volatile boolean over;

    ClientSession(ClientRuntime client, Shard shard) {
        this.client = client;
        this.shard = shard;
    }

    CompletableFuture<Connection> future() {
        return future;
    }

    ReactorPort reactor() {
        return shard.reactor();
    }

    // ---- connecting -------------------------------------------------------------------------------------------------

    /** Any thread. */
    void start(long delayNanos) {
        // Whoever completes the future in our place does not want the connection any more.
        CompletableFuture<Connection> unused = future.whenComplete((made, failure) -> {
            if (!told) {
                reactor().execute(() -> stop("cancelled", null));
            }
        });
        if (reactor().inReactor()) {
            begin(delayNanos);
        } else {
            reactor().execute(() -> begin(delayNanos));
        }
    }

    private void begin(long delayNanos) {
        if (delayNanos == 0 || over || !client.mayAttempt(reactor())) {
            attempt();
            return;
        }
        waiting = shard.schedule(delayNanos, this::attempt);
        if (waiting == null) {
            failed(new IOException(client + " has no room for the timer of an attempt to connect"));
        }
    }

    private void attempt() {
        waiting = null;
        if (!over && client.mayAttempt(reactor())) {
            ConnectAttempt started = new ConnectAttempt(client, shard, this);
            attempt = started;
            started.start();
        }
    }

    @Override
    public void connected(Transport transport) {
        attempt = null;
        client.opened(transport, this);
        StreamConnection opened = shard.open(transport);
        if (opened != null) {
            connection = opened;
            opened.execute(() -> tell(opened));
        }
    }

    /** In order with the callbacks, behind onOpen and before the first onData. */
    private void tell(StreamConnection opened) {
        if (!told) {
            told = true;
            if (!future.complete(opened)) {
                reactor().execute(() -> stop("cancelled", null));
                opened.abort();
            }
        }
    }

    @Override
    public void failed(IOException cause) {
        attempt = null;
        client.counters().rejected(kind(cause));
        failed(cause, client.options().firstDelayNanos() > 0);
    }

    private static String kind(IOException cause) {
        if (cause instanceof SocketTimeoutException) {
            return "connect-timeout";
        }
        for (Throwable each : cause.getSuppressed()) {
            if (!(each instanceof ConnectException)) {
                return each instanceof UnknownHostException ? "unresolved" : "io-error";
            }
        }
        return "refused";
    }

    private void failed(IOException cause, boolean again) {
        if (again) {
            client.report(cause);
            again = retryLater();
        }
        if (!again) {
            finish(cause);
        }
    }

    // ---- connecting anew --------------------------------------------------------------------------------------------

    /** Any thread: the connection has had its last callback, or has never had one because there was no handler for it. */
    void connectionGone() {
        reactor().execute(this::connectionEnded);
    }

    private void connectionEnded() {
        StreamConnection ended = connection;
        connection = null;
        boolean again = client.options().firstDelayNanos() > 0 && !over;
        if (ended == null) {
            failed(new IOException("the handler factory of " + client + " failed"), again);
            return;
        }
        if (reactor().nanos() - ended.openedNanos > client.options().maxDelayNanos()) {
            retries = 0;
        }
        if (!again || isOwnDoing(ended.closeReason()) || !retryLater()) {
            finish(null);
        }
    }

    private static boolean isOwnDoing(@Nullable CloseReason reason) {
        return reason == CloseReason.LOCAL || reason == CloseReason.DRAINED || reason == CloseReason.DRAIN_TIMEOUT;
    }

    /** Anywhere between now and a bound that doubles: clients that lost their server together do not come back together. */
    private boolean retryLater() {
        long first = client.options().firstDelayNanos();
        long most = client.options().maxDelayNanos();
        long bound = retries >= Long.numberOfLeadingZeros(first) - 1 ? most : Math.min(most, first << retries);
        retries++;
        long delay = Deadlines.jitter(reactor().nanos() ^ System.identityHashCode(this), bound);
        waiting = shard.schedule(delay, this::attempt);
        return waiting != null;
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** A connection that is open goes on and is the last; without one this is the end. */
    void stop(String why, @Nullable Throwable failure) {
        if (over) {
            return;
        }
        over = true;
        if (waiting != null) {
            waiting.cancel();
        }
        if (attempt != null) {
            attempt.cancel();
            attempt = null;
        }
        if (connection == null) {
            client.counters().rejected(why);
            finish(failure);
        }
    }

    void drain(Throwable failure) {
        stop("stopped", failure);
        if (connection != null) {
            connection.drain(CloseReason.DRAINED);
        }
    }

    /** When no reactor runs any more: whatever was left undone. */
    void abandon(Throwable failure) {
        stop("stopped", failure);
        finish(failure);
    }

    private void finish(@Nullable Throwable failure) {
        over = true;
        client.finished(this);
        if (failure != null && !told) {
            told = true;
            future.completeExceptionally(failure);
        }
    }
}
