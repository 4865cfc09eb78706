package io.millio.work;

import io.millio.internal.Checks;
import io.millio.internal.ReactorThread;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads for computations, with four priorities. Any thread may call every method; only {@link #stop} blocks.
 *
 * <p>Tasks of one priority begin in the order in which they were submitted. A lower priority waits for a higher one,
 * but not for ever: the oldest task of a priority lets at most as many others go first as {@link Priority} says, and
 * two more if the turn of other priorities has come at the same time. Each priority has a queue of its own, so one that
 * is flooded refuses its own tasks and nobody else's. What is <em>not</em> promised: that a running task makes room for
 * a more urgent one.
 *
 * <p>Threads are started when there is work for them. A pool can be started again after a stop.
 *
 * <pre>{@code
 * ComputeTask<Quote> task = loop.compute().submit(Priority.HIGH, () -> price(order));
 * connection.deliver(task.result(), (quote, error) -> connection.write(encode(quote, error)));
 * }</pre>
 */
public final class ComputePool implements Executor {
    /*
     * The threads, and everything about starting, waking and stopping them, are a WorkerPool's. Its queue holds turns, not tasks:
     * a turn takes whatever task is the most urgent when it begins. There are never fewer turns under way than tasks waiting
     * (a task that was cancelled leaves its turn to the next one), so no task is forgotten, and never more than were waiting at
     * once, so the bound of the tasks bounds the turns.
     *
     * Aging counts instead of measuring time: whoever is passed over counts it, and has its turn when it has counted enough,
     * the more urgent first. That costs a look at four queues, gives each priority a share of the threads under any load (of
     * waiting priorities, one in nine for HIGH, one in 17 for NORMAL, one in 33 for LOW), and cannot turn an overload into plain
     * first-in first-out, as aging by time does once everything is old.
     */

    private static final int MAX_TURNS = 1 << 24;

    private final String name;
    private final int capacity;
    private final RejectionPolicy rejection;
    private final Ticker ticker;
    private final BiConsumer<Object, Throwable> errors;
    private final WorkerPool workers;

    private final ReentrantLock lock = new ReentrantLock();
    // All guarded by lock.
    private final Map<Priority, Level> levels = new EnumMap<>(Priority.class);
    private int turns;
    private boolean running;

    private ComputePool(Builder options) {
        for (Priority priority : Priority.values()) {
            levels.put(priority, new Level(priority));
        }
        name = options.name;
        capacity = options.queueCapacity == 0 ? 1024 * options.threads : options.queueCapacity;
        rejection = options.rejection;
        ticker = options.ticker;
        errors = options.errors;
        workers = options.virtual
                ? WorkerPool.virtual(name, options.threads, MAX_TURNS, ticker, errors)
                : WorkerPool.onDemand(name, options.threads, MAX_TURNS, ticker, errors);
    }

    /** A builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Begins to take tasks. The pool of a loop is started and stopped by the loop.
     *
     * @throws IllegalStateException if it runs already
     */
    public void start() {
        workers.start();
        setRunning(true);
    }

    private void setRunning(boolean value) {
        lock.lock();
        try {
            running = value;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #execute(Priority, Runnable)} with NORMAL. */
    @Override
    public void execute(Runnable task) {
        execute(Priority.NORMAL, task);
    }

    /** As {@link #submit}; what the task throws is told to the pool's error listener. */
    public void execute(Priority priority, Runnable task) {
        Objects.requireNonNull(task, "task");
        ComputeTask<?> unused = submit(priority, new Callable<Boolean>() {
            @Override
            public Boolean call() {
                try {
                    task.run();
                    return true;
                } catch (Throwable t) {
                    errors.accept(task, t);
                    return false;
                }
            }

            @Override
            public String toString() {
                return task.toString();
            }
        });
    }

    /**
     * Queues a task.
     *
     * @throws RejectedExecutionException if the queue of the priority is full (and the policy is not to run it here),
     *     or the pool does not run
     */
    public <T extends @Nullable Object> ComputeTask<T> submit(Priority priority, Callable<? extends T> body) {
        ComputeTask<T> task = new ComputeTask<>(this, priority, body);
        Level level = level(task);
        boolean runHere = false;
        boolean oneMoreTurn = false;
        lock.lock();
        try {
            if (running && level.waiting.size() < capacity) {
                level.add(task, ticker.nanos());
                oneMoreTurn = turns < waiting();
                turns += oneMoreTurn ? 1 : 0;
            } else if (running && rejection == RejectionPolicy.CALLER_RUNS && !ReactorThread.isCurrent()) {
                runHere = true;
                task.queuedNanos = ticker.nanos();
                level.begin(task, task.queuedNanos);
            } else {
                level.rejected++;
                throw new RejectedExecutionException(
                        running
                                ? "the " + priority + " queue of '" + name + "' is full with " + capacity
                                        + " tasks; enlarge it, or slow down when this is thrown"
                                : "the pool '" + name + "' is not running");
            }
        } finally {
            lock.unlock();
        }
        if (runHere) {
            run(task);
        } else if (oneMoreTurn) {
            beginTurn(task);
        }
        return task;
    }

    /** A stop may come in between; its end drops what waits, unless it is taken back here first. */
    private void beginTurn(ComputeTask<?> task) {
        try {
            workers.execute(new Turn());
        } catch (RejectedExecutionException stopping) {
            boolean takenBack;
            lock.lock();
            try {
                turns = Math.max(0, turns - 1);
                takenBack = level(task).waiting.remove(task);
                level(task).rejected += takenBack ? 1 : 0;
            } finally {
                lock.unlock();
            }
            if (takenBack) {
                throw stopping;
            }
        }
    }

    private Level level(ComputeTask<?> task) {
        return Objects.requireNonNull(levels.get(task.priority()));
    }

    /** Under the lock. */
    private int waiting() {
        int sum = 0;
        for (Level level : levels.values()) {
            sum += level.waiting.size();
        }
        return sum;
    }

    /** Under the lock: the task whose turn it is. */
    private @Nullable ComputeTask<?> next() {
        Level next = null;
        // From the lowest up: a higher one goes first unless only the lower one is due.
        for (Level level : levels.values()) {
            if (!level.waiting.isEmpty() && (next == null || level.isDue() || !next.isDue())) {
                next = level;
            }
        }
        for (Level level : levels.values()) {
            level.passedOver = level == next ? 0 : level.passedOver + 1;
        }
        return next == null ? null : next.poll();
    }

    /** What a thread is called for: one task, whichever is the most urgent when it comes. */
    private @Nullable ComputeTask<?> begin() {
        lock.lock();
        try {
            turns = Math.max(0, turns - 1);
            ComputeTask<?> next = next();
            if (next != null) {
                level(next).begin(next, ticker.nanos());
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void run(ComputeTask<?> task) {
        Runnable outcome = task.call();
        boolean interrupted;
        lock.lock();
        try {
            level(task).end(task, ticker.nanos());
            interrupted = task.interrupted;
        } finally {
            lock.unlock();
        }
        if (interrupted) {
            // It was meant for this task, and must not reach what the thread does next.
            boolean unused = Thread.interrupted();
        }
        outcome.run();
    }

    /** The task was cancelled. */
    void withdraw(ComputeTask<?> task) {
        Level level = level(task);
        lock.lock();
        try {
            Thread runner = task.runner;
            if (level.waiting.remove(task)) {
                level.cancelled++;
            } else if (runner != null) {
                task.interrupted = true;
                runner.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the pool: refuses new tasks, lets what is queued run for at most {@code grace}, then interrupts, drops what
     * still waits, and waits for at most {@code afterInterrupt}. Blocks; not for a thread of the pool. Returns what was
     * running when the grace was over, each with its thread and stack.
     */
    public List<String> stop(Duration grace, Duration afterInterrupt) {
        setRunning(false);
        List<String> stuck = workers.stop(grace, afterInterrupt);
        List<ComputeTask<?>> dropped = new ArrayList<>();
        lock.lock();
        try {
            turns = 0;
            for (Level level : levels.values()) {
                level.rejected += level.waiting.size();
                dropped.addAll(level.waiting);
                level.waiting.clear();
            }
        } finally {
            lock.unlock();
        }
        dropped.forEach(task -> task.drop("the pool '" + name + "' was stopped before its turn came"));
        return stuck;
    }

    /** The largest number of tasks that run at once. */
    public int threads() {
        return workers.stats().threads();
    }

    /** Whether the calling thread is one of the pool's. */
    public boolean inWorker() {
        return workers.inWorker();
    }

    /** The figures of one priority now; counters go on over stop and start. */
    public Stats stats(Priority priority) {
        lock.lock();
        try {
            return Objects.requireNonNull(levels.get(priority), "priority").stats();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A snapshot of one priority. Each task that was submitted is in exactly one of the first five figures.
     *
     * @param queued tasks waiting
     * @param active tasks running
     * @param completed tasks that have run, whatever came of them
     * @param rejected tasks refused, or dropped by a stop
     * @param cancelled tasks cancelled before they ran
     * @param waited sum of the times from being queued to being run
     * @param ran sum of the times of running
     */
    public record Stats(
            int queued, int active, long completed, long rejected, long cancelled, Duration waited, Duration ran) {}

    private final class Turn implements Runnable {
        private volatile @Nullable ComputeTask<?> task;

        @Override
        public void run() {
            ComputeTask<?> next = begin();
            if (next != null) {
                task = next;
                ComputePool.this.run(next);
            }
        }

        /** For the report of a stop. */
        @Override
        public String toString() {
            return String.valueOf(task);
        }
    }

    /** One priority; guarded by the pool's lock. */
    private static final class Level {
        private final int patience;
        private final Set<ComputeTask<?>> waiting = new LinkedHashSet<>();
        private int passedOver;
        private int active;
        private long completed;
        private long rejected;
        private long cancelled;
        private long waitedNanos;
        private long ranNanos;

        Level(Priority priority) {
            patience = priority.patience();
        }

        boolean isDue() {
            return passedOver >= patience;
        }

        void add(ComputeTask<?> task, long now) {
            if (waiting.isEmpty()) {
                passedOver = 0;
            }
            task.queuedNanos = now;
            waiting.add(task);
        }

        ComputeTask<?> poll() {
            ComputeTask<?> first = waiting.iterator().next();
            waiting.remove(first);
            return first;
        }

        void begin(ComputeTask<?> task, long now) {
            active++;
            task.runner = Thread.currentThread();
            task.startedNanos = now;
            waitedNanos += now - task.queuedNanos;
        }

        void end(ComputeTask<?> task, long now) {
            active--;
            completed++;
            task.runner = null;
            ranNanos += now - task.startedNanos;
        }

        Stats stats() {
            return new Stats(
                    waiting.size(),
                    active,
                    completed,
                    rejected,
                    cancelled,
                    Duration.ofNanos(waitedNanos),
                    Duration.ofNanos(ranNanos));
        }
    }

    /** Collects and checks the settings of a pool; not for use by several threads. */
    public static final class Builder {
        private String name = "compute";
        private int threads = Runtime.getRuntime().availableProcessors();
        private int queueCapacity;
        private boolean virtual;
        private RejectionPolicy rejection = RejectionPolicy.ABORT;
        private Ticker ticker = Ticker.system();
        private BiConsumer<Object, Throwable> errors = (task, error) -> {};

        private Builder() {}

        /** The name in thread names and messages; "compute" by default. */
        public Builder name(String value) {
            name = Checks.name("name", value);
            return this;
        }

        /** Tasks that run at once, 1 to 4096; by default as many as there are processors. */
        public Builder threads(int value) {
            threads = Checks.range("compute threads", value, 1, 4096);
            return this;
        }

        /** Tasks of each priority that may wait, 1 to 4 194 304; by default 1024 for each thread. */
        public Builder queueCapacity(int value) {
            queueCapacity = Checks.range("compute queue", value, 1, MAX_TURNS / 4);
            return this;
        }

        /**
         * Whether tasks run on virtual threads instead of platform threads; false by default. Needs JDK 21 or later.
         */
        public Builder virtual(boolean value) {
            virtual = value;
            return this;
        }

        /** What becomes of a task for which there is no room; ABORT by default. */
        public Builder rejection(RejectionPolicy value) {
            rejection = Objects.requireNonNull(value, "rejection");
            return this;
        }

        /** The clock of the waiting and running times; the system's monotonic one by default. */
        public Builder ticker(Ticker value) {
            ticker = Objects.requireNonNull(value, "ticker");
            return this;
        }

        /** Told of what an {@link ComputePool#execute executed} task throws, with the task; by default nobody is. */
        public Builder errorListener(BiConsumer<Object, Throwable> value) {
            errors = Objects.requireNonNull(value, "error listener");
            return this;
        }

        /**
         * The pool, which has no thread yet.
         *
         * @throws UnsupportedOperationException if virtual threads are asked for and the JDK has none
         */
        public ComputePool build() {
            return new ComputePool(this);
        }
    }
}
