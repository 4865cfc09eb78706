package io.millio.work;

import io.millio.internal.Checks;
import io.millio.internal.Counter;
import io.millio.internal.SerialTask;
import io.millio.internal.SerialTaskList;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads and one queue, first in first out, of tasks and of the mailboxes of sources.
 * Every method may be called by any thread; only {@link #stop} blocks. Tasks are bounded by the queue's capacity; a source is in
 * the queue at most once, and through its own link, so sources need no bound. A pool can be started again after a stop.
 */
public final class WorkerPool implements Executor {
    /*
     * Waking. A wake-up costs more than a small task, and on few processors the woken thread may take the place of the one
     * that is still handing out work. So one idle worker is woken for a whole batch, and it wakes the next one when it leaves
     * the queue and sees that there is more: `signalled` counts workers that were woken and have not yet looked. While it is
     * above zero nobody is woken: the one under way will pass the call on. No work is stranded: a worker goes idle only under
     * the lock after it has seen an empty queue, and whoever adds to the queue afterwards sees it idle under the same lock.
     *
     * The newest idle worker is woken first: its stack and caches are the warmest, and unneeded threads stay asleep. A worker
     * whose wait ends without a call (park promises nothing, and a task may leave a permit or an interrupt behind) may find
     * work all the same; it then takes itself off the idle list, or the next call would be wasted on a busy worker.
     *
     * Interrupts. The flag that a task leaves behind is cleared, for it belongs to that task and would turn every wait into a
     * spin. Once a stop has interrupted, the flag is set anew for whatever still runs. The worker clears first and then reads,
     * under the lock, whether it has been interrupted; a stop first sets that mark under the lock and then interrupts: no
     * order of the four loses the interrupt.
     */

    private final String name;
    private final int threads;
    private final int capacity;
    private final Ticker ticker;
    private final BiConsumer<Object, Throwable> errors;

    private final ReentrantLock lock = new ReentrantLock();
    // All guarded by lock.
    private final SerialTaskList queue = new SerialTaskList();
    private final ArrayList<Worker> idle = new ArrayList<>();
    private List<Worker> workers = List.of();
    private int queuedTasks;
    private int signalled;
    private boolean running;
    private boolean stopping;

    private final LongAdder rejected = new LongAdder();
    private final Counter completed = new Counter();
    private final Counter waitedNanos = new Counter();
    private final Counter ranNanos = new Counter();

    /**
     * Makes a pool without starting a thread.
     *
     * @param name prefix of the thread names
     * @param threads 1 to 4096
     * @param capacity tasks that may wait, 1 to 16 777 216; sources are not counted
     * @param ticker the clock of the waiting and running times
     * @param errors told of whatever a task throws, with the task
     */
    public WorkerPool(String name, int threads, int capacity, Ticker ticker, BiConsumer<Object, Throwable> errors) {
        this.name = Checks.name("name", name);
        this.threads = Checks.range("workers", threads, 1, 4096);
        this.capacity = Checks.range("worker queue", capacity, 1, 1 << 24);
        this.ticker = ticker;
        this.errors = errors;
    }

    /** Starts the threads (non-daemon); IllegalStateException if they run already. */
    public void start() {
        lock.lock();
        try {
            if (running) {
                throw new IllegalStateException("the workers of '" + name + "' run already");
            }
            running = true;
            stopping = false;
            List<Worker> started = new ArrayList<>(threads);
            for (int i = 0; i < threads; i++) {
                started.add(new Worker(name + "-worker-" + i));
            }
            workers = List.copyOf(started);
        } finally {
            lock.unlock();
        }
        try {
            workers.forEach(Thread::start);
        } catch (Throwable noMoreThreads) {
            stop(Duration.ZERO, Duration.ZERO);
            throw noMoreThreads;
        }
    }

    /**
     * Queues a task. Throws RejectedExecutionException if the queue is full or the pool is not running.
     * A serial task (a source) is always accepted, and whatever it throws is its own affair.
     */
    @Override
    public void execute(Runnable task) {
        if (task instanceof SerialTask source) {
            SerialTaskList one = new SerialTaskList();
            one.add(source);
            enqueue(one);
        } else if (task instanceof SerialTaskList sources) {
            enqueue(sources);
        } else {
            enqueue(new WorkerTask(task, null));
        }
    }

    /**
     * Queues a task and tells how it ended: normally, with what it threw, or with a RejectedExecutionException if the pool
     * stopped before its turn came. Throws RejectedExecutionException if the queue is full or the pool is not running.
     */
    public CompletableFuture<Void> submit(Runnable task) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        enqueue(new WorkerTask(task, result));
        return result;
    }

    /** All at once, for one wake-up; the list is empty afterwards. */
    private void enqueue(SerialTaskList sources) {
        long now = ticker.nanos();
        Worker wake;
        lock.lock();
        try {
            sources.stamp(now);
            queue.takeAll(sources);
            wake = workerToWake();
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(wake);
    }

    private void enqueue(WorkerTask task) {
        Worker wake;
        lock.lock();
        try {
            if (!running || stopping || queuedTasks >= capacity) {
                rejected.increment();
                throw new RejectedExecutionException(
                        running && !stopping
                                ? "the queue of '" + name + "' is full with " + capacity
                                        + " tasks; enlarge worker-queue, or slow down when this is thrown"
                                : "the workers of '" + name + "' are not running");
            }
            queuedTasks++;
            task.queuedAtNanos = ticker.nanos();
            queue.add(task);
            wake = workerToWake();
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(wake);
    }

    /** Under the lock. */
    private @Nullable Worker workerToWake() {
        if (signalled > 0 || idle.isEmpty() || queue.isEmpty()) {
            return null;
        }
        Worker worker = idle.remove(idle.size() - 1);
        worker.idle = false;
        worker.signalled = true;
        signalled++;
        return worker;
    }

    /** Waits for the next task; null when the worker's life has ended. */
    private @Nullable SerialTask take(Worker worker) {
        while (true) {
            Worker wake;
            SerialTask task;
            boolean unused = Thread.interrupted();
            lock.lock();
            try {
                if (worker.signalled) {
                    worker.signalled = false;
                    signalled--;
                }
                settle(worker);
                task = worker.isOfEarlierLife() ? null : queue.poll();
                if (task == null) {
                    if (worker.retired) {
                        return null;
                    }
                    becomeIdle(worker);
                    wake = null;
                } else {
                    begin(worker, task);
                    wake = workerToWake();
                }
            } finally {
                lock.unlock();
            }
            if (task != null) {
                LockSupport.unpark(wake);
                return task;
            }
            LockSupport.park(this);
        }
    }

    /** Under the lock. */
    private void becomeIdle(Worker worker) {
        if (!worker.idle) {
            worker.idle = true;
            idle.add(worker);
        }
    }

    /** Under the lock. */
    private void begin(Worker worker, SerialTask task) {
        if (worker.idle) {
            worker.idle = false;
            idle.remove(worker);
        }
        if (worker.interrupted) {
            worker.interrupt();
        }
        if (task instanceof WorkerTask) {
            queuedTasks--;
        }
        worker.current = task;
        worker.startedNanos = ticker.nanos();
        waitedNanos.add(worker.startedNanos - task.queuedAtNanos);
    }

    /** Under the lock: accounts for what the worker has just run. */
    private void settle(Worker worker) {
        if (worker.current != null) {
            worker.current = null;
            completed.increment();
            ranNanos.add(ticker.nanos() - worker.startedNanos);
        }
    }

    /** Whether the calling thread is one of the pool's. */
    public boolean inWorker() {
        return Thread.currentThread() instanceof Worker worker && worker.pool() == this;
    }

    /**
     * Ends the pool: lets what is queued run for at most {@code grace}, then drops the tasks still queued, interrupts, and waits
     * for at most {@code afterInterrupt}. Blocks; not for a worker. Returns what was running when the grace was over, each with
     * its thread and stack; threads that then do not end are left to themselves.
     */
    public List<String> stop(Duration grace, Duration afterInterrupt) {
        List<Worker> stopped;
        lock.lock();
        try {
            if (!running) {
                return List.of();
            }
            stopping = true;
            stopped = workers;
            stopped.forEach(Worker::retire);
            idle.clear();
            signalled = 0;
        } finally {
            lock.unlock();
        }
        stopped.forEach(LockSupport::unpark);
        List<String> stuck = List.of();
        if (!join(stopped, Checks.nanos(grace))) {
            stuck = describeRunning(stopped);
            interrupt(stopped);
            join(stopped, Checks.nanos(afterInterrupt));
        }
        lock.lock();
        try {
            running = false;
            workers = List.of();
        } finally {
            lock.unlock();
        }
        return stuck;
    }

    private void interrupt(List<Worker> stopped) {
        List<WorkerTask> dropped;
        lock.lock();
        try {
            stopped.forEach(worker -> worker.interrupted = true);
            dropped = takeTasks();
        } finally {
            lock.unlock();
        }
        stopped.forEach(Thread::interrupt);
        dropped.forEach(task -> task.drop("the workers of '" + name + "' were stopped before its turn came"));
    }

    /** Under the lock: empties the queue but for the sources, which stay for their last callbacks until a worker comes back. */
    private List<WorkerTask> takeTasks() {
        List<WorkerTask> tasks = new ArrayList<>();
        SerialTaskList sources = new SerialTaskList();
        for (SerialTask next = queue.poll(); next != null; next = queue.poll()) {
            if (next instanceof WorkerTask task) {
                rejected.increment();
                tasks.add(task);
            } else {
                sources.add(next);
            }
        }
        queuedTasks = 0;
        queue.takeAll(sources);
        return tasks;
    }

    private boolean join(List<Worker> list, long nanos) {
        long start = ticker.nanos();
        boolean interrupted = false;
        boolean all = true;
        for (Worker worker : list) {
            while (worker.isAlive()) {
                long left = nanos - (ticker.nanos() - start);
                if (left <= 0) {
                    all = false;
                    break;
                }
                try {
                    TimeUnit.NANOSECONDS.timedJoin(worker, Math.max(left, 1_000_000));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return all;
    }

    private List<String> describeRunning(List<Worker> list) {
        List<String> running = new ArrayList<>();
        for (Worker worker : list) {
            SerialTask task = worker.current;
            if (task != null) {
                running.add(describe(worker, task));
            }
        }
        return running;
    }

    private String describe(Worker worker, SerialTask task) {
        StringBuilder text = new StringBuilder()
                .append(worker.getName())
                .append(" has been running ")
                .append(nameOf(task))
                .append(" for ")
                .append(TimeUnit.NANOSECONDS.toMillis(ticker.nanos() - worker.startedNanos))
                .append(" ms");
        for (StackTraceElement element : worker.getStackTrace()) {
            text.append("\n\tat ").append(element);
        }
        return text.toString();
    }

    private static String nameOf(SerialTask task) {
        try {
            return task.toString();
        } catch (Throwable namesItselfBadly) {
            return "a task whose toString() throws "
                    + namesItselfBadly.getClass().getName();
        }
    }

    /** The pool's figures now; counters go on over stop and start. */
    public Stats stats() {
        lock.lock();
        try {
            int active = 0;
            for (Worker worker : workers) {
                active += worker.current == null ? 0 : 1;
            }
            return new Stats(
                    threads,
                    active,
                    queue.size(),
                    completed.get(),
                    rejected.sum(),
                    Duration.ofNanos(waitedNanos.get()),
                    Duration.ofNanos(ranNanos.get()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * A snapshot of a pool.
     *
     * @param threads threads that the pool has while it runs
     * @param active threads that run something now
     * @param queued tasks and sources waiting
     * @param completed tasks and turns of sources that have been run
     * @param rejected tasks refused because the queue was full or the pool was not running
     * @param waited sum of the times from being queued to being run
     * @param ran sum of the times of running
     */
    public record Stats(
            int threads, int active, int queued, long completed, long rejected, Duration waited, Duration ran) {}

    /** One thread of the pool; its fields are guarded by the pool's lock but for {@code startedNanos}, which is read racily in reports. */
    private final class Worker extends Thread {
        private boolean signalled;
        private boolean idle;
        private boolean retired;
        private boolean interrupted;
        private volatile @Nullable SerialTask current;
        private long startedNanos;

        Worker(String name) {
            super(null, null, name, 0, false);
            setDaemon(false);
            // Newer JDKs give a thread that inherits no thread-locals no class loader of its maker's either.
            setContextClassLoader(Thread.currentThread().getContextClassLoader());
        }

        /** Under the lock. */
        void retire() {
            retired = true;
            signalled = false;
            idle = false;
        }

        /** Under the lock: whether it was given up by a stop and another life has begun, which has its own workers. */
        boolean isOfEarlierLife() {
            return retired && !stopping;
        }

        WorkerPool pool() {
            return WorkerPool.this;
        }

        @Override
        public void run() {
            for (SerialTask task = take(this); task != null; task = take(this)) {
                try {
                    task.run();
                } catch (Throwable t) {
                    report(task, t);
                }
            }
        }

        private void report(SerialTask task, Throwable error) {
            try {
                errors.accept(task instanceof WorkerTask user ? user.task() : task, error);
            } catch (Throwable ignored) {
                // There is nobody left to tell, and the next task needs this thread.
            }
        }
    }
}
