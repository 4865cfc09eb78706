package io.millio.net.pool;

import io.millio.net.Connection;
import io.millio.net.TcpClient;
import io.millio.time.Timeout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind a pool: who waits, what is idle, and how much there is. For any thread; everything is guarded by its monitor,
 * which is never held while a future is completed or a connection is called.
 */
final class PoolRuntime {
    /*
     * A connection is counted from before its socket is opened until its last callback, which comes after the socket was closed: that
     * is why there are never more than the maximum. Every caller joins the one queue, and only `dispatch` takes from it, so nobody
     * overtakes. It does not hand out what is idle but asks it first (Connection.probe), because the end of a connection may lie
     * unread in the kernel. The answer comes in order with the connection's callbacks, behind whatever had arrived; until then the
     * waiter belongs to the member, and if that dies it goes back to the head of the queue.
     */

    private static final System.Logger LOG = System.getLogger("io.millio.net.pool");
    private static final int MAX_WAITERS = 1024;

    private final TcpClient client;
    private final PoolOptions options;
    private final Deque<Waiter> waiters = new ArrayDeque<>();

    /** The one used last comes first. */
    private final Deque<Member> idle = new ArrayDeque<>();

    private final Set<Member> members = new HashSet<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private int connecting;
    private boolean wanted;
    private boolean closed;
    private final BackOff backOff;
    private @Nullable Timeout housekeeping;

    private final PoolCounters counters = new PoolCounters();

    PoolRuntime(TcpClient.Builder builder, PoolOptions options) {
        this.options = options;
        this.client = builder.reconnect(Duration.ZERO, Duration.ZERO)
                .handlerFactory(() -> new Member(this))
                .build();
        this.backOff = new BackOff(nanos());
    }

    PoolOptions options() {
        return options;
    }

    TcpClient client() {
        return client;
    }

    long nanos() {
        return client.ticker().nanos();
    }

    private String name() {
        return "the pool of client '" + client.name() + "'";
    }

    // ---- acquiring --------------------------------------------------------------------------------------------------

    Waiter acquire(long timeoutNanos) {
        Waiter waiter = new Waiter(nanos(), false);
        if (options.leakNanos() > 0) {
            waiter.calledAt = new Throwable("acquired here");
        }
        CompletableFuture<PooledConnection> unused = waiter.whenComplete((lease, failure) -> forget(waiter));
        RuntimeException refusal = enqueue(waiter);
        if (refusal != null) {
            waiter.completeExceptionally(refusal);
            return waiter;
        }
        try {
            waiter.deadline = client.schedule(Duration.ofNanos(timeoutNanos), () -> timedOut(waiter, timeoutNanos));
        } catch (RejectedExecutionException noTimers) {
            waiter.completeExceptionally(noTimers);
        }
        dispatch();
        if (waiter.isDone()) {
            forget(waiter);
        }
        return waiter;
    }

    private synchronized @Nullable RuntimeException enqueue(Waiter waiter) {
        if (closed) {
            return new IllegalStateException(name() + " is closed for good; make a new one");
        }
        if (waiters.size() >= MAX_WAITERS) {
            return new RejectedExecutionException(name() + " has " + MAX_WAITERS
                    + " callers waiting already; slow down, or raise maximumPoolSize, which is " + options.maximum());
        }
        wanted = true;
        waiters.addLast(waiter);
        return null;
    }

    private void forget(Waiter waiter) {
        synchronized (this) {
            waiters.remove(waiter);
        }
        Timeout deadline = waiter.deadline;
        if (deadline != null) {
            deadline.cancel();
        }
    }

    void timedOut(Waiter waiter, long timeoutNanos) {
        TimeoutException failure;
        synchronized (this) {
            failure = new TimeoutException(name() + " had no connection within " + Duration.ofNanos(timeoutNanos) + ": "
                    + (members.size() - idle.size()) + " of at most " + options.maximum() + " in use, " + connecting
                    + " connecting, " + waiters.size() + " callers waiting; raise maximumPoolSize or"
                    + " connectionTimeout, or look for connections that are not released");
            if (backOff.cause != null) {
                failure.initCause(backOff.cause);
            }
        }
        if (waiter.completeExceptionally(failure)) {
            synchronized (this) {
                counters.timeouts++;
            }
        }
    }

    /** Brings together what waits and what is idle, and connects for those who are left. */
    private void dispatch() {
        List<Member> asked = new ArrayList<>();
        int missing;
        synchronized (this) {
            while (!idle.isEmpty() && !waiters.isEmpty()) {
                Member member = takeIdle();
                member.waiter = waiters.removeFirst();
                asked.add(member);
            }
            missing = missing();
            connecting += missing;
        }
        asked.forEach(Member::probe);
        for (; missing > 0; missing--) {
            connect();
        }
    }

    private Member takeIdle() {
        Member member = idle.removeFirst();
        member.idle = false;
        return member;
    }

    private int missing() {
        if (closed || !wanted) {
            return 0;
        }
        int demand = waiters.size() + Math.max(0, options.minimumIdle() - idle.size()) - connecting;
        return Math.max(0, Math.min(demand, options.maximum() - connecting - members.size()));
    }

    /** The member's: its waiter, once. */
    synchronized @Nullable Waiter takeWaiter(Member member) {
        Waiter waiter = member.waiter;
        member.waiter = null;
        return waiter;
    }

    /** A waiter whose connection was gone when it came to it. */
    void again(@Nullable Waiter waiter) {
        if (waiter != null && !waiter.pool) {
            boolean refused;
            synchronized (this) {
                refused = closed;
                if (!closed && !waiter.isDone()) {
                    waiters.addFirst(waiter);
                }
            }
            if (refused) {
                waiter.completeExceptionally(closedFailure());
            } else if (waiter.isDone()) {
                forget(waiter);
            }
        }
        dispatch();
    }

    void lent(PooledConnection lease) {
        if (lease.waiter.pool) {
            return;
        }
        synchronized (this) {
            counters.acquired++;
            counters.waitNanos += lease.startNanos - lease.waiter.startNanos;
        }
        if (options.leakNanos() > 0) {
            lease.leakTimer = schedule(options.leakNanos(), () -> leaked(lease));
        }
    }

    /** Null if the loop has no room for another timer, or is closed. */
    @Nullable
    Timeout schedule(long nanos, Runnable task) {
        try {
            return client.schedule(Duration.ofNanos(nanos), task);
        } catch (RejectedExecutionException noMoreTimers) {
            return null;
        }
    }

    private void leaked(PooledConnection lease) {
        synchronized (this) {
            counters.leaks++;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                name() + " has lent a connection for more than " + Duration.ofNanos(options.leakNanos())
                        + "; was it lost? " + lease,
                lease.waiter.calledAt);
    }

    // ---- connecting -------------------------------------------------------------------------------------------------

    /** The client waits, and not the pool: if its loop ends meanwhile, the attempt fails and those who wait for it hear of that. */
    private void connect() {
        long now = nanos();
        long delay;
        synchronized (this) {
            delay = backOff.delay(now);
        }
        CompletableFuture<Connection> unused = client.connect(Duration.ofNanos(delay))
                .whenComplete((connection, failure) -> {
                    if (connection != null) {
                        Member member = Objects.requireNonNull(connection.<Member>attachment());
                        joined(member, nanos() - now - delay);
                    } else {
                        failed(failure);
                    }
                });
    }

    private void joined(Member member, long tookNanos) {
        boolean here;
        synchronized (this) {
            connecting--;
            counters.created++;
            counters.createNanos += tookNanos;
            here = !member.gone;
            if (here) {
                members.add(member);
                member.bornNanos = member.usedNanos = member.checkedNanos = nanos();
            }
        }
        if (here) {
            makeIdle(member, false);
        } else {
            dispatch();
            endIfEmpty();
        }
    }

    /** A client that is closed, or whose loop has stopped, will not connect next time either. */
    private void failed(Throwable failure) {
        boolean forGood = failure instanceof IllegalStateException;
        List<Waiter> given = List.of();
        synchronized (this) {
            connecting--;
            backOff.cause = failure;
            if (forGood) {
                wanted = false;
                given = List.copyOf(waiters);
                waiters.clear();
            }
        }
        given.forEach(waiter -> waiter.completeExceptionally(failure));
        if (!forGood) {
            backOff();
            dispatch();
        }
        endIfEmpty();
    }

    private synchronized void backOff() {
        backOff.failed(nanos());
    }

    // ---- giving back ------------------------------------------------------------------------------------------------

    void released(PooledConnection lease, Member member, boolean discard) {
        long now = nanos();
        if (lease.leakTimer != null) {
            lease.leakTimer.cancel();
        }
        synchronized (this) {
            if (!discard) {
                member.proved = true;
                backOff.succeeded(now);
            }
            if (!lease.waiter.pool) {
                counters.released++;
                counters.useNanos += now - lease.startNanos;
                member.usedNanos = now;
            }
            member.checkedNanos = now;
        }
        if (discard) {
            member.connection().close();
        } else {
            makeIdle(member, lease.waiter.pool);
        }
    }

    private void makeIdle(Member member, boolean last) {
        boolean kept;
        synchronized (this) {
            kept = !closed && member.connection().isOpen() && members.contains(member) && !member.isOld(nanos());
            if (kept) {
                member.idle = true;
                if (last) {
                    idle.addLast(member);
                } else {
                    idle.addFirst(member);
                }
                arm(member.nanosToNextLook(nanos(), true));
            }
        }
        if (kept) {
            dispatch();
        } else {
            member.connection().close();
        }
    }

    void stale() {
        synchronized (this) {
            counters.stale++;
        }
    }

    /** The connection's last callback: only now there is room for another one. */
    void gone(Member member) {
        Waiter waiter;
        if (!member.proved) {
            // A server that takes connections only to end them must not be asked as fast as it can.
            backOff();
        }
        synchronized (this) {
            member.gone = true;
            members.remove(member);
            if (member.idle) {
                idle.remove(member);
            }
            waiter = takeWaiter(member);
        }
        again(waiter);
        endIfEmpty();
    }

    // ---- looking after what is idle ---------------------------------------------------------------------------------

    private void arm(long nanos) {
        Timeout armed = housekeeping;
        if (nanos >= Long.MAX_VALUE / 2
                || (armed != null && !armed.isDone() && armed.deadlineNanos() - nanos() <= nanos)) {
            return;
        }
        if (armed != null) {
            armed.cancel();
        }
        housekeeping = schedule(Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(1)), this::keepHouse);
    }

    private void keepHouse() {
        List<Member> retired = new ArrayList<>();
        List<Member> checked = new ArrayList<>();
        synchronized (this) {
            long next = Long.MAX_VALUE / 2;
            long now = nanos();
            int surplus = idle.size() - options.minimumIdle();
            for (Iterator<Member> oldestFirst = idle.descendingIterator(); oldestFirst.hasNext(); ) {
                Member member = oldestFirst.next();
                boolean unused = options.idleNanos() > 0 && now - member.usedNanos >= options.idleNanos();
                List<Member> list = null;
                if (member.isOld(now) || (unused && surplus > 0)) {
                    list = retired;
                    surplus--;
                } else if (options.keepaliveNanos() > 0 && now - member.checkedNanos >= options.keepaliveNanos()) {
                    list = checked;
                    member.waiter = new Waiter(now, true);
                } else {
                    next = Math.min(next, member.nanosToNextLook(now, surplus > 0));
                }
                if (list != null) {
                    oldestFirst.remove();
                    member.idle = false;
                    list.add(member);
                }
            }
            housekeeping = null;
            arm(next);
        }
        retired.forEach(member -> member.connection().close());
        checked.forEach(Member::check);
        dispatch();
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    private IllegalStateException closedFailure() {
        return new IllegalStateException(name() + " was closed while a caller waited");
    }

    CompletionStage<Void> shutdown(Duration timeout) {
        List<Waiter> turnedAway;
        List<Member> unused;
        synchronized (this) {
            if (closed) {
                return ended.minimalCompletionStage();
            }
            closed = true;
            turnedAway = List.copyOf(waiters);
            waiters.clear();
            unused = List.copyOf(idle);
            idle.clear();
            unused.forEach(member -> member.idle = false);
            if (housekeeping != null) {
                housekeeping.cancel();
            }
        }
        turnedAway.forEach(waiter -> waiter.completeExceptionally(closedFailure()));
        unused.forEach(member -> member.connection().close());
        Timeout deadline = schedule(PoolOptions.nanos(timeout), this::cut);
        CompletableFuture<Void> end = ended.thenRun(() -> {
            if (deadline != null) {
                deadline.cancel();
            }
            client.close();
        });
        if (deadline == null) {
            cut();
        }
        endIfEmpty();
        return end.minimalCompletionStage();
    }

    /** Ends what is lent still, and the attempts to connect. */
    private void cut() {
        List<Member> left;
        synchronized (this) {
            left = List.copyOf(members);
        }
        left.forEach(member -> member.connection().abort());
        client.shutdown(Duration.ZERO);
    }

    private void endIfEmpty() {
        boolean over;
        synchronized (this) {
            over = closed && members.isEmpty() && connecting == 0;
        }
        if (over) {
            ended.complete(null);
        }
    }

    synchronized PoolStats stats() {
        return counters.stats(members.size() - idle.size(), idle.size(), connecting, options.maximum(), waiters.size());
    }
}
