package io.millio.time;

import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Timers for one thread that has other things to do: a hierarchical timing wheel of six levels of 64 buckets with ticks
 * of one millisecond. One thread owns it, the first that calls {@link #advance}, {@link #nanosUntilNext} or a
 * {@code schedule} method, until {@link #clear}; every other thread uses the {@code submit} methods, {@link
 * Timeout#cancel} and the figures.
 *
 * <p>The wheel has no thread and wakes nobody. Its owner calls {@code advance} in turn with its other work, and may
 * sleep for {@code nanosUntilNext} in between:
 *
 * <pre>{@code
 * TimerWheel wheel = new TimerWheel(Ticker.system(), Throwable::printStackTrace);
 * wheel.schedule(Duration.ofSeconds(5).toNanos(), () -> System.out.println("late"));
 * while (running) {
 *     wheel.advance(1024);
 *     LockSupport.parkNanos(wheel.nanosUntilNext());
 * }
 * }</pre>
 *
 * <p>No timer fires early: a task runs when the ticker has reached its deadline, to the nanosecond, and the owner then
 * calls {@code advance}. In one advance timers fire in the order of the ticks their deadlines lie in, and those of one
 * tick in the order in which the wheel received them. A delay of zero or less means the next advance, never the present
 * one. Deadlines beyond the range of the clock are cut to its end, which is "never": 292 years after the wheel was
 * made.
 *
 * <p>Tasks run on the owner thread, one at a time, and should not block, as everything else of that thread waits for
 * them. They may schedule and cancel anything, themselves included, and may call {@link #clear}, but not
 * {@code advance}. What a task throws goes to the error consumer and has no other effect; a repeating task goes on.
 *
 * <p>Not promised: an order between timers of one tick that fire in different advances, an end to a run that has begun,
 * and that a timer cancelled by another thread leaves {@link #pending} before the next advance.
 *
 * <p>After G. Varghese and T. Lauck, "Hashed and hierarchical timing wheels", SOSP 1987 (their scheme 7), with bitmaps
 * in place of the per-tick walk.
 */
public final class TimerWheel {
    /*
     * Time. A tick groups deadlines but does not round them: the bucket of the present tick is passed over timer by
     * timer and only what is due leaves it.
     *
     * Firing. `advance` reads the clock once; this horizon decides what is due in this turn. A timer that a callback
     * makes for the horizon's own tick is set aside until the turn ends: else a task that re-schedules itself with no
     * delay would keep the turn from ending. (The whole tick, due or not, so that the order within it holds.) A timer
     * is unlinked before its task runs, so whatever the task does to the wheel happens to a consistent one, and nothing
     * needs restoring when it throws.
     *
     * Cancelling. The task field of a node decides: one compare-and-set, won by firing or by one cancel. The owner then
     * unlinks at once. Another thread must not touch the lists; it pushes the node to the inbox, once, as it won once.
     * If the node is still in the inbox from its submission it must not be pushed again, and need not be: the owner,
     * when it takes a submitted node, (1) marks it as taken and then (2) looks whether it was cancelled; the canceller
     * (1) cancels and then (2) looks whether it was taken. All four are volatile accesses, in one total order, so at
     * least one sees the other; if both do, the owner drops the node and the entry that the canceller pushes finds it
     * detached. A node found detached in the inbox is being run or has ended, and is accounted for where that happens.
     *
     * Sleeping. An owner that lets other threads submit publishes (volatile) until when it will sleep, looks at
     * backlog() once more, and sleeps only if that is zero. A submitter pushes, then reads what was published, and
     * wakes the owner if its own deadline is before that. Either the owner sees the entry or the submitter the sleep.
     * Entries hold memory and count against the limit, so a large backlog() is a second reason to wake the owner.
     *
     * Costs. Constant: schedule, cancel, submit (two atomic operations), nanosUntilNext, an advance
     * with nothing due. A timer moves at most six times before it fires. Timers of the present tick that are not yet
     * due are looked at again in every advance in which another of that tick fires; this ends with the tick.
     */

    /** How many timers a wheel holds unless told otherwise: 1 000 000. */
    public static final int DEFAULT_MAX_TIMERS = 1_000_000;

    final TimerLevels levels = new TimerLevels();
    final TimerInbox inbox = new TimerInbox();
    final WheelOwner owner = new WheelOwner();
    final WheelClock clock;
    private final TimerCounters counters = new TimerCounters();
    private final int maxTimers;
    private final Consumer<? super Throwable> errors;

    private long horizon;
    private boolean firing;
    private @Nullable TimerNode running;

    /** A wheel for at most {@link #DEFAULT_MAX_TIMERS} timers. */
    public TimerWheel(Ticker ticker, Consumer<? super Throwable> errors) {
        this(ticker, DEFAULT_MAX_TIMERS, errors);
    }

    /**
     * @param ticker the only clock of this wheel; its present reading becomes the wheel's start
     * @param maxTimers how many timers may wait at the same time, at least 1
     * @param errors gets what tasks throw, on the owner thread; what it throws itself is dropped
     * @throws IllegalArgumentException if {@code maxTimers} is below 1
     */
    public TimerWheel(Ticker ticker, int maxTimers, Consumer<? super Throwable> errors) {
        this.clock = new WheelClock(ticker);
        this.errors = Objects.requireNonNull(errors, "errors");
        if (maxTimers < 1) {
            throw new IllegalArgumentException("maxTimers is " + maxTimers + ", it must be at least 1");
        }
        this.maxTimers = maxTimers;
    }

    /**
     * Runs a task once, {@code delayNanos} from now. Owner thread only; never blocks.
     *
     * @param delayNanos any value; zero or less means the next advance
     * @throws RejectedExecutionException if {@code maxTimers} timers are waiting
     * @throws IllegalStateException if another thread owns this wheel
     */
    public Timeout schedule(long delayNanos, Runnable task) {
        return scheduleOwned(delayNanos, 0, task);
    }

    /**
     * Runs a task {@code initialDelayNanos} from now and then at every further multiple of the period. It does not
     * drift: each deadline is the one before plus the period. Multiples that have passed when a run ends, because the
     * task took long or the owner was away, are not made up for: together with the one just run they count as one.
     * Owner thread only.
     *
     * @param periodNanos at least 1
     * @throws IllegalArgumentException if the period is below 1
     * @throws RejectedExecutionException if {@code maxTimers} timers are waiting
     * @throws IllegalStateException if another thread owns this wheel
     */
    public Timeout scheduleAtFixedRate(long initialDelayNanos, long periodNanos, Runnable task) {
        return scheduleOwned(initialDelayNanos, checkPeriod(periodNanos), task);
    }

    /**
     * Runs a task {@code initialDelayNanos} from now and then again and again, each time {@code periodNanos} after the
     * run before has ended. Owner thread only; refuses what {@link #scheduleAtFixedRate} refuses.
     */
    public Timeout scheduleWithFixedDelay(long initialDelayNanos, long periodNanos, Runnable task) {
        return scheduleOwned(initialDelayNanos, -checkPeriod(periodNanos), task);
    }

    /**
     * As {@link #schedule}, from any thread. The delay counts from this call. The owner is not woken: it learns of the
     * timer in its next {@link #advance} or {@link #nanosUntilNext}, and if it sleeps beyond {@link
     * Timeout#deadlineNanos} the caller must wake it.
     *
     * @throws RejectedExecutionException if {@code maxTimers} timers are waiting; those that threads other than the
     *     owner cancelled count until its next advance
     */
    public Timeout submit(long delayNanos, Runnable task) {
        return submitShared(delayNanos, 0, task);
    }

    /** As {@link #scheduleAtFixedRate}, from any thread, on the terms of {@link #submit}. */
    public Timeout submitAtFixedRate(long initialDelayNanos, long periodNanos, Runnable task) {
        return submitShared(initialDelayNanos, checkPeriod(periodNanos), task);
    }

    /** As {@link #scheduleWithFixedDelay}, from any thread, on the terms of {@link #submit}. */
    public Timeout submitWithFixedDelay(long initialDelayNanos, long periodNanos, Runnable task) {
        return submitShared(initialDelayNanos, -checkPeriod(periodNanos), task);
    }

    /**
     * Takes in what other threads submitted and cancelled, then runs what is due. Owner thread only; blocks only as its
     * tasks do.
     *
     * @param maxCallbacks how many tasks may run, zero or more; what is due beyond that stays due, and {@link
     *     #nanosUntilNext} is then 0
     * @return how many tasks ran
     * @throws IllegalArgumentException if {@code maxCallbacks} is negative
     * @throws IllegalStateException if another thread owns this wheel, or if a task of this wheel calls it
     */
    public int advance(int maxCallbacks) {
        owner.claim();
        if (maxCallbacks < 0) {
            throw new IllegalArgumentException("maxCallbacks is " + maxCallbacks + ", it must not be negative");
        }
        if (firing) {
            throw new IllegalStateException(
                    "advance was called by a task of the same wheel; let the task return instead");
        }
        drain();
        horizon = clock.read();
        firing = true;
        levels.beginPass();
        int ran = 0;
        try {
            TimerNode node;
            while (ran < maxCallbacks && (node = levels.pollDue(horizon)) != null) {
                ran += fire(node);
            }
        } finally {
            firing = false;
            levels.placeDeferred();
        }
        return ran;
    }

    /**
     * How long the owner may sleep, in nanoseconds: 0 if something is due, {@code Long.MAX_VALUE} if nothing will ever
     * be. Takes in what other threads submitted. Owner thread only; never blocks.
     *
     * <p>Never too long, and exact but for one case: if the earliest of more than 64 timers that share the next bucket
     * was cancelled, this may still name its deadline. A cancelled timer thus costs at most one needless wake-up, at
     * the moment at which it would have fired; timers that are not cancelled cost none, however far away they are.
     *
     * @throws IllegalStateException if another thread owns this wheel
     */
    public long nanosUntilNext() {
        owner.claim();
        drain();
        long next = levels.earliestDeadline();
        return next == Long.MAX_VALUE ? next : Math.max(0, next - clock.read());
    }

    /**
     * Cancels every timer, those submitted before this call included, and gives up the ownership, so that another
     * thread may become the owner. The wheel can be used again and its counters go on. Owner thread only; a task may
     * call it, and then keeps the ownership.
     *
     * @return how many timers this call cancelled
     * @throws IllegalStateException if another thread owns this wheel
     */
    public int clear() {
        owner.claim();
        drain();
        int count = running != null && running.tryCancel() ? 1 : 0;
        TimerNode node;
        while ((node = levels.pollAny()) != null) {
            count += node.tryCancel() ? 1 : 0;
            counters.cancelled(1);
        }
        if (!firing) {
            owner.release();
        }
        return count;
    }

    /**
     * How many timers wait, at any moment from any thread. A timer that repeats counts as one; one cancelled by another
     * thread than the owner counts until the owner's next advance.
     */
    public int pending() {
        return (int) Math.max(0, inbox.pending(counters));
    }

    /** How many submissions and cancellations of other threads the owner has not yet taken in. Any thread. */
    public int backlog() {
        return inbox.size();
    }

    /** How many runs were begun since this wheel was made. Any thread. */
    public long fired() {
        return counters.firedOpaque();
    }

    /** How many timers were cancelled since this wheel was made, as far as the owner knows. Any thread. */
    public long cancelled() {
        return counters.cancelledOpaque();
    }

    /** The sum over all runs of the nanoseconds between deadline and begin; divide by {@link #fired}. Any thread. */
    public long totalLatenessNanos() {
        return counters.latenessSumOpaque();
    }

    /** The longest time between a deadline and the begin of its run, in nanoseconds. Any thread. */
    public long maxLatenessNanos() {
        return counters.latenessMaxOpaque();
    }

    /** Called by the node that has just been cancelled, on the thread that did it. */
    void afterCancel(TimerNode node) {
        if (owner.isCurrentThread()) {
            if (node.bucket >= 0) {
                levels.remove(node);
                counters.cancelled(1);
            }
        } else if (node.bucketVolatile() != TimerNode.INBOX) {
            inbox.pushCancelled(node);
        }
    }

    private Timeout scheduleOwned(long delayNanos, long period, Runnable task) {
        Objects.requireNonNull(task, "task");
        owner.claim();
        if (inbox.pending(counters) >= maxTimers) {
            drain(); // what others cancelled may make room
            inbox.requireRoom(counters, maxTimers);
        }
        long deadline = WheelClock.plus(clock.read(), delayNanos);
        TimerNode node = new TimerNode(this, deadline, period, task, TimerNode.DETACHED);
        counters.scheduledByOwner();
        insert(node);
        return node;
    }

    private Timeout submitShared(long delayNanos, long period, Runnable task) {
        Objects.requireNonNull(task, "task");
        long deadline = WheelClock.plus(clock.elapsed(), delayNanos);
        TimerNode node = new TimerNode(this, deadline, period, task, TimerNode.INBOX);
        inbox.countIn(counters, maxTimers);
        inbox.push(node);
        return node;
    }

    private void drain() {
        TimerNode node = inbox.takeAllOldestFirst(counters);
        int cancelled = 0;
        while (node != null) {
            TimerNode following = node.pushedBefore;
            node.pushedBefore = null;
            cancelled += takeIn(node) ? 0 : 1;
            node = following;
        }
        if (cancelled > 0) {
            counters.cancelled(cancelled);
        }
    }

    /** Whether there was nothing to drop: a cancelled timer that still waits somewhere is dropped here. */
    private boolean takeIn(TimerNode node) {
        if (node.bucket >= 0) {
            levels.remove(node);
            return false;
        }
        return node.bucket == TimerNode.DETACHED || takeSubmitted(node);
    }

    private boolean takeSubmitted(TimerNode node) {
        node.setBucketVolatile(TimerNode.DETACHED);
        if (node.isCancelled()) {
            return false;
        }
        insert(node);
        return true;
    }

    private void insert(TimerNode node) {
        if (firing && node.deadline / TimerLevels.TICK_NANOS <= horizon / TimerLevels.TICK_NANOS) {
            levels.defer(node);
        } else {
            levels.place(node);
        }
    }

    /** Runs a node that has just been unlinked, and returns how many callbacks that was: none if it was cancelled. */
    private int fire(TimerNode node) {
        Runnable task = node.claimRun();
        if (task == null) {
            counters.cancelled(1);
            return 0;
        }
        counters.fired(clock.now() - node.deadline);
        if (node.period == 0) {
            counters.ended();
        } else {
            running = node;
        }
        try {
            task.run();
        } catch (Throwable thrown) {
            report(thrown);
        }
        // Read for the next lateness as well: the tasks before a task are part of what makes it late.
        clock.read();
        if (node.period != 0) {
            running = null;
            repeat(node);
        }
        return 1;
    }

    private void repeat(TimerNode node) {
        if (node.isCancelled()) {
            counters.cancelled(1);
            return;
        }
        long next = node.period > 0
                ? clock.nextMultiple(node.deadline, node.period)
                : WheelClock.plus(clock.now(), -node.period);
        node.setDeadlineOpaque(next);
        insert(node);
    }

    private void report(Throwable thrown) {
        try {
            errors.accept(thrown);
        } catch (Throwable ignored) {
            // There is nobody left to tell, and the other timers must not suffer for it.
        }
    }

    private static long checkPeriod(long periodNanos) {
        if (periodNanos < 1) {
            throw new IllegalArgumentException("periodNanos is " + periodNanos + ", it must be at least 1");
        }
        return periodNanos;
    }
}
