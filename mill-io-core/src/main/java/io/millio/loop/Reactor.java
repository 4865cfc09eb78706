package io.millio.loop;

import io.millio.internal.Histogram;
import io.millio.internal.Lane;
import io.millio.internal.MpscQueue;
import io.millio.internal.ReactorCounters;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import io.millio.internal.SerialTaskList;
import io.millio.internal.poll.PollSource;
import io.millio.internal.poll.Poller;
import io.millio.time.Ticker;
import io.millio.time.TimerWheel;
import io.millio.work.WorkerPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The duty cycle of one reactor: wait for readiness, call the sources, run tasks and timers, flush. Owned by the one thread that
 * calls {@link #turn}; what other threads may call says so. A {@link ReactorRunner} provides the thread.
 */
final class Reactor implements ReactorPort {
    /*
     * One turn
     *
     *   apply interest changes -> select -> call the ready sources, at most eventCapacity of them -> tasks -> timers
     *     -> mailboxes of DIRECT sources -> hand the mailboxes of WORKERS sources over, together -> flush what was written
     *
     * Nothing is called while the selector's monitor is held: its consumer only collects keys. Keys beyond the capacity stay
     * in the array for the next turn, which then does not select; asking the selector again would hand out the same channels
     * first and starve the rest.
     *
     * Sleeping. Before a blocking select the reactor publishes until when it means to sleep, then SLEEPING, then looks at its
     * queues once more. A producer enqueues first and looks at the state afterwards. Both sides write before they read, with
     * volatile accesses, so either the reactor sees the element or the producer sees SLEEPING; the one that moves SLEEPING to
     * NOTIFIED pays for the system call, all others find the work done. A wake-up that arrives after the select has already
     * returned makes the next select return early, once.
     */

    private static final int READ_BUFFER_BYTES = 64 * 1024;
    private static final int MAX_TASKS_PER_TURN = 4096;
    private static final int MAX_TIMERS_PER_TURN = 1024;
    private static final int MAX_TIMER_BACKLOG = 4096;
    private static final long LAG_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final int AWAKE = 0;
    private static final int SLEEPING = 1;
    private static final int NOTIFIED = 2;

    private final int index;
    private final int eventCapacity;
    private final long pollTimeoutNanos;
    private final int maxTasks;
    private final Ticker ticker;
    private final Selection selection;
    private final ErrorReporter errors;

    private @Nullable Watchdog watchdog;
    private final TimerWheel timers;
    private final MpscQueue<Runnable> tasks = new MpscQueue<>();
    private final AtomicInteger userTasks = new AtomicInteger();
    private final AtomicInteger sleep = new AtomicInteger(AWAKE);
    private final LongAdder wakeups = new LongAdder();
    private volatile long sleepUntilNanos;
    private volatile @Nullable Thread owner;
    private volatile BooleanSupplier stopping = () -> true;

    private final SerialTaskList directTasks = new SerialTaskList();
    private final List<Runnable> flushes = new ArrayList<>();
    private boolean interrupted;
    private long wokeAtNanos;

    /** When the last select should have returned at the latest. */
    private long expectedNanos;

    private @Nullable ByteBuffer readBuffer;

    private final ReactorCounters counters = new ReactorCounters();
    private final Histogram lag = new Histogram(LAG_WINDOW_NANOS);
    private final Lane directLane = this::dispatchDirect;
    private final PoolLane workersLane;
    private final PoolLane virtualLane;

    /** Without virtual threads nothing is sent to the lane for them. */
    Reactor(
            int index,
            LoopOptions options,
            Poller.Factory pollers,
            WorkerPool workers,
            @Nullable WorkerPool virtual,
            ErrorReporter errors) {
        this.index = index;
        this.eventCapacity = options.eventCapacity();
        this.pollTimeoutNanos = options.pollTimeout().toNanos();
        this.maxTasks = LoopOptions.TASK_QUEUE_CAPACITY;
        this.ticker = options.ticker();
        this.selection = new Selection(this, pollers, counters, errors);
        this.workersLane = new PoolLane(this, workers);
        this.virtualLane = virtual == null ? workersLane : new PoolLane(this, virtual);
        this.errors = errors;
        this.timers = new TimerWheel(ticker, LoopOptions.MAX_TIMERS, error -> errors.report("a timer", error));
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    /** Opens the selector for a life that lasts until the supplier says so; before the thread exists. */
    void open(BooleanSupplier endOfLife) throws IOException {
        selection.open();
        if (readBuffer == null) {
            readBuffer = ByteBuffer.allocateDirect(READ_BUFFER_BYTES);
        }
        stopping = endOfLife;
    }

    /** The calling thread becomes the owner. */
    void adopt() {
        wokeAtNanos = ticker.nanos();
        expectedNanos = wokeAtNanos;
        owner = Thread.currentThread();
    }

    /** Any thread: whether the runner is to leave its loop. */
    boolean stopRequested() {
        return stopping.getAsBoolean();
    }

    /** Runs what was queued before the end, and what that queued in turn, but not without end. */
    void runQueued() {
        for (int i = 0; i < 16 && !(tasks.isEmpty() && directTasks.isEmpty()); i++) {
            runTasks();
            runDirectTasks();
        }
    }

    /** The end of a life: runs what is already queued, gives the workers theirs, and closes the selector. */
    void close() {
        try {
            runQueued();
            selection.loseUserSources();
            runDirectTasks();
            handOver();
            flush();
        } finally {
            release();
        }
    }

    private void release() {
        timers.clear();
        selection.close();
        owner = null;
        if (interrupted) {
            interrupted = false;
            Thread.currentThread().interrupt();
        }
    }

    /** Closes the selector of a life that never got its thread. */
    void discard() {
        selection.close();
    }

    // ---- the duty cycle ---------------------------------------------------------------------------------------------

    /** One turn; waits for readiness only if there is nothing else to do and the caller allows it. */
    void turn(boolean mayBlock) {
        assert inReactor();
        if (!selection.hasReady()) {
            poll(mayBlock);
        }
        dispatchReady();
        runTasks();
        if (selection.isAbreast(ticker.nanos() - expectedNanos)) {
            timers.advance(MAX_TIMERS_PER_TURN);
        }
        runDirectTasks();
        handOver();
        flush();
    }

    private boolean hasWork() {
        return stopRequested() || !directTasks.isEmpty() || !flushes.isEmpty() || !tasks.isEmpty();
    }

    private void poll(boolean mayBlock) {
        selection.applyInterestChanges();
        long timeout = mayBlock && !hasWork() ? sleepNanos() : 0;
        long before = ticker.nanos();
        account(before);
        if (timeout > 0) {
            sleepUntilNanos = before + timeout;
            sleep.set(SLEEPING);
            if (!tasks.isEmpty() || timers.backlog() > 0 || stopRequested()) {
                sleep.set(AWAKE);
                timeout = 0;
            }
        }
        int selected = selection.select(millis(timeout));
        // Before anybody can see it awake, or its sleep would look like a turn that has lasted as long.
        wokeAtNanos = ticker.nanos();
        boolean notified = timeout > 0 && sleep.getAndSet(AWAKE) == NOTIFIED;
        if (watchdog != null) {
            watchdog.wake();
        }
        long slept = wokeAtNanos - before;
        expectedNanos = before + Math.min(slept, Math.max(timeout, 0));
        counters.idleNanos.add(slept);
        boolean timedOut = timeout > 0 && slept >= timeout;
        count(selected, timedOut);
        // An interrupt would make every further select return at once; nobody has a use for it here.
        boolean disturbed = Thread.interrupted();
        interrupted |= disturbed;
        selection.returned(timeout > 0 && selected == 0 && !timedOut && !notified && !disturbed);
    }

    private void count(int selected, boolean timedOut) {
        if (selected > 0) {
            counters.selectsReady.increment();
        } else if (timedOut) {
            counters.selectsTimeout.increment();
        } else {
            counters.selectsEmpty.increment();
        }
    }

    private void account(long now) {
        long active = now - wokeAtNanos;
        counters.activeNanos.add(active);
        lag.record(now, active);
    }

    private long sleepNanos() {
        long untilTimer = timers.nanosUntilNext();
        long cap = pollTimeoutNanos == 0 ? Long.MAX_VALUE : pollTimeoutNanos;
        // Half of the range is as good as forever, and keeps comparisons by subtraction right.
        return Math.min(Math.min(untilTimer, cap), Long.MAX_VALUE / 2);
    }

    /** Rounds up, for a timer must not be looked at before it is due. */
    private static long millis(long nanos) {
        if (nanos >= Long.MAX_VALUE / 2) {
            return Long.MAX_VALUE;
        }
        return (nanos + 999_999) / 1_000_000;
    }

    private void dispatchReady() {
        for (int n = eventCapacity; n > 0 && selection.hasReady(); n--) {
            selection.dispatchNext();
            runDirectTasks();
        }
    }

    private void runTasks() {
        int limit = MAX_TASKS_PER_TURN;
        for (Runnable task; limit > 0 && (task = tasks.poll()) != null; limit--) {
            counters.tasks.increment();
            try {
                task.run();
            } catch (Throwable t) {
                errors.report(task instanceof UserTask user ? user.task() : task, t);
            }
        }
    }

    private void runDirectTasks() {
        for (int n = directTasks.size(); n > 0; n--) {
            SerialTask task = directTasks.poll();
            if (task != null) {
                try {
                    task.run();
                } catch (Throwable t) {
                    errors.report(task, t);
                }
            }
        }
    }

    private void handOver() {
        workersLane.handOver();
        virtualLane.handOver();
    }

    private void flush() {
        for (int i = 0; i < flushes.size(); i++) {
            try {
                flushes.get(i).run();
            } catch (Throwable t) {
                errors.report(flushes.get(i), t);
            }
        }
        flushes.clear();
        // A flush may have come upon a file, or made an output writable: no further turn would come for what that is to
        // do.
        handOver();
    }

    // ---- work from outside ------------------------------------------------------------------------------------------

    /** Any thread: queues a user's task; throws RejectedExecutionException when the queue is full. */
    void submit(Runnable task) {
        if (userTasks.incrementAndGet() > maxTasks) {
            userTasks.decrementAndGet();
            throw new RejectedExecutionException("the task queue of reactor " + index + " is full with " + maxTasks
                    + " tasks; slow down when this is thrown");
        }
        execute(new UserTask(task, userTasks));
    }

    @Override
    public void execute(Runnable task) {
        tasks.offer(task);
        if (!inReactor()) {
            wakeup();
        }
    }

    /** Any thread: ends its sleep, if it sleeps. */
    void wakeup() {
        if (sleep.get() == SLEEPING && sleep.compareAndSet(SLEEPING, NOTIFIED)) {
            wakeups.increment();
            selection.wakeup();
        }
    }

    /**
     * Any thread: wakes the reactor if it would sleep past the deadline of a timer submitted just now, or if so much has been
     * submitted and perhaps cancelled in its sleep that it should look through it.
     */
    void wakeupBefore(long deadlineNanos) {
        if (sleep.get() == SLEEPING && (deadlineNanos - sleepUntilNanos < 0 || timers.backlog() >= MAX_TIMER_BACKLOG)) {
            wakeup();
        }
    }

    TimerWheel timers() {
        return timers;
    }

    private void dispatchDirect(SerialTask task) {
        if (inReactor()) {
            directTasks.add(task);
        } else {
            execute(task);
        }
    }

    // ---- what the sources ask for -----------------------------------------------------------------------------------

    @Override
    public void register(PollSource source, int interestOps) throws IOException {
        assert inReactor();
        selection.register(source, interestOps, source instanceof ChannelRegistration.Watch);
    }

    @Override
    public void interest(PollSource source, int interestOps) {
        assert inReactor();
        selection.interest(source, interestOps);
    }

    @Override
    public void deregister(PollSource source) {
        assert inReactor();
        selection.deregister(source);
    }

    @Override
    public void atBatchEnd(Runnable flush) {
        assert inReactor();
        flushes.add(flush);
    }

    @Override
    public ByteBuffer readBuffer() {
        ByteBuffer buffer = readBuffer;
        if (buffer == null) {
            throw new IllegalStateException("reactor " + index + " was not opened");
        }
        return buffer.clear();
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public boolean inReactor() {
        return Thread.currentThread() == owner;
    }

    /** Before the first life. */
    void guardedBy(Watchdog guard) {
        watchdog = guard;
    }

    /** Any thread: how often the reactor has come back from its selector. */
    long turns() {
        return counters.selects();
    }

    /** Any thread: whether it waits for readiness. */
    boolean isAsleep() {
        return sleep.get() != AWAKE || owner == null;
    }

    /** The thread of the reactor while it runs. */
    @Nullable
    Thread thread() {
        return owner;
    }

    @Override
    public long nanos() {
        return ticker.nanos();
    }

    @Override
    public long turnNanos() {
        return wokeAtNanos;
    }

    @Override
    public Lane directLane() {
        return directLane;
    }

    @Override
    public Lane workersLane() {
        return workersLane;
    }

    @Override
    public Lane virtualLane() {
        return virtualLane;
    }

    @Override
    public ReactorCounters counters() {
        return counters;
    }

    /** Any thread. */
    LoopStats.ReactorStats stats() {
        return new LoopStats.ReactorStats(
                counters.selectsReady.get(),
                counters.selectsEmpty.get(),
                counters.selectsTimeout.get(),
                Duration.ofNanos(counters.activeNanos.get()),
                Duration.ofNanos(counters.idleNanos.get()),
                counters.accepts.get(),
                counters.reads.get(),
                counters.writes.get(),
                counters.connects.get(),
                wakeups.sum(),
                counters.tasks.get(),
                userTasks.get(),
                selection.size(),
                counters.rebuilds.get(),
                counters.stalls.get(),
                Duration.ofNanos(lag.max()),
                Duration.ofNanos(lag.percentile(0.99)),
                isAsleep() ? Duration.ZERO : Duration.ofNanos(ticker.nanos() - wokeAtNanos),
                timers.pending(),
                timers.fired(),
                timers.cancelled(),
                Duration.ofNanos(timers.totalLatenessNanos()),
                Duration.ofNanos(timers.maxLatenessNanos()));
    }

    /** Any thread. */
    void report(Object source, Throwable error) {
        errors.report(source, error);
    }

    @Override
    public String toString() {
        return "reactor " + index;
    }
}
