package io.millio.work;

import io.millio.internal.Checks;
import io.millio.internal.Counter;
import io.millio.internal.SerialTask;
import io.millio.internal.SerialTaskList;
import io.millio.internal.VirtualThreads;
import io.millio.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded number of threads and one queue, first in first out, of tasks and of the mailboxes of sources. Every method
 * may be called by any thread; only {@link #stop} blocks. Tasks are bounded by the queue's capacity; a source is in the
 * queue at most once, and through its own link, so sources need no bound. A pool can be started again after a stop.
 *
 * <p>The threads are there from the start; or they are {@linkplain #virtual virtual}, begin when there is work, and end
 * with it.
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
     * Threads on demand. Where threads are not there from the start, a worker that does not exist yet counts as one more idle one,
     * woken last: it is signalled when it is made, under the lock, and its thread is started in place of the call. A virtual
     * worker never goes idle; it ends when it sees an empty queue, under the lock that whoever adds to the queue takes next.
     *
     * Interrupts. The flag that a task leaves behind is cleared, for it belongs to that task and would turn every wait into a
     * spin. Once a stop has interrupted, the flag is set anew for whatever still runs. The worker clears first and then reads,
     * under the lock, whether the pool interrupts; a stop first sets that mark under the lock and then interrupts: no
     * order of the four loses the interrupt.
     */

    private final String name;
    private final String threadPrefix;
    private final boolean onDemand;
    private final @Nullable ThreadFactory virtual;
    private final int threads;
    private final int capacity;
    private final Ticker ticker;
    private final BiConsumer<Object, Throwable> errors;

    private final ReentrantLock lock = new ReentrantLock();
    // All guarded by lock.
    private final SerialTaskList queue = new SerialTaskList();
    private final ArrayList<Worker> idle = new ArrayList<>();
    private final Set<Worker> workers = new HashSet<>();
    private @Nullable ClassLoader loader;
    private int life;
    private int queuedTasks;
    private int signalled;
    private boolean running;
    private boolean stopping;
    private boolean interrupting;

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
        this(name, "-worker-", threads, capacity, ticker, errors, false, null);
    }

    private WorkerPool(
            String name,
            String threadSuffix,
            int threads,
            int capacity,
            Ticker ticker,
            BiConsumer<Object, Throwable> errors,
            boolean onDemand,
            @Nullable ThreadFactory virtual) {
        this.name = Checks.name("name", name);
        this.threadPrefix = name + threadSuffix;
        this.threads = Checks.range("workers", threads, 1, virtual == null ? 4096 : 1 << 24);
        this.capacity = Checks.range("worker queue", capacity, 1, 1 << 24);
        this.ticker = ticker;
        this.errors = errors;
        this.onDemand = onDemand;
        this.virtual = virtual;
    }

    /**
     * As the constructor, but with virtual threads, of which there are only as many as there is work for.
     *
     * @param threads the largest number of them, 1 to 16 777 216
     * @throws UnsupportedOperationException before JDK 21
     */
    public static WorkerPool virtual(
            String name, int threads, int capacity, Ticker ticker, BiConsumer<Object, Throwable> errors) {
        ThreadFactory factory = VirtualThreads.factory(name + "-virtual-");
        return new WorkerPool(name, "-virtual-", threads, capacity, ticker, errors, true, factory);
    }

    /** As the constructor, but each thread starts when there is work that no other one is free for. */
    static WorkerPool onDemand(
            String name, int threads, int capacity, Ticker ticker, BiConsumer<Object, Throwable> errors) {
        return new WorkerPool(name, "-", threads, capacity, ticker, errors, true, null);
    }

    /**
     * Starts the threads, which are no daemons.
     *
     * @throws IllegalStateException if they run already
     */
    public void start() {
        List<Worker> started = new ArrayList<>();
        lock.lock();
        try {
            if (running) {
                throw new IllegalStateException("the workers of '" + name + "' run already");
            }
            running = true;
            stopping = false;
            interrupting = false;
            life++;
            loader = Thread.currentThread().getContextClassLoader();
            while (!onDemand && workers.size() < threads) {
                started.add(addWorker());
            }
            Worker forWhatWasLeft = workerToWake();
            if (forWhatWasLeft != null) {
                started.add(forWhatWasLeft);
            }
        } finally {
            lock.unlock();
        }
        try {
            started.forEach(this::call);
        } catch (Throwable noMoreThreads) {
            stop(Duration.ZERO, Duration.ZERO);
            throw noMoreThreads;
        }
    }

    /** Under the lock: one whose thread is yet to be started, by {@link #call}. */
    private Worker addWorker() {
        Worker worker = new Worker(this, life, virtual, threadPrefix + workers.size(), loader);
        workers.add(worker);
        return worker;
    }

    /**
     * Without the lock. What cannot be started on demand is reported: the work stays queued, and the next work tries
     * again.
     */
    private void call(@Nullable Worker worker) {
        if (worker != null) {
            try {
                worker.call();
            } catch (Throwable noMoreThreads) {
                forget(worker);
                if (!onDemand) {
                    throw noMoreThreads;
                }
                report("the workers of '" + name + "'", noMoreThreads);
            }
        }
    }

    private void forget(Worker worker) {
        lock.lock();
        try {
            workers.remove(worker);
            settle(worker);
        } finally {
            lock.unlock();
        }
    }

    /** What a worker runs: task by task, until its life ends. */
    void work(Worker worker) {
        for (SerialTask task = take(worker); task != null; task = take(worker)) {
            try {
                task.run();
            } catch (Throwable t) {
                report(task instanceof WorkerTask user ? user.task() : task, t);
            }
        }
    }

    private void report(Object source, Throwable error) {
        try {
            errors.accept(source, error);
        } catch (Throwable ignored) {
            // There is nobody left to tell, and the next task needs this thread.
        }
    }

    /**
     * Queues a task. A source, which has a link of its own, is always accepted.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the queue is full or the pool is not running
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
     * Queues a task and tells how it ended: normally, with what it threw, or with a RejectedExecutionException if the
     * pool stopped before its turn came.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the queue is full or the pool is not running
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
        call(wake);
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
        call(wake);
    }

    /** Under the lock. */
    private @Nullable Worker workerToWake() {
        if (signalled > 0 || queue.isEmpty()) {
            return null;
        }
        Worker worker;
        if (!idle.isEmpty()) {
            worker = idle.remove(idle.size() - 1);
            worker.idle = false;
        } else if (onDemand && running && workers.size() < threads) {
            worker = addWorker();
        } else {
            return null;
        }
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
                settle(worker);
                task = worker.life == life ? queue.poll() : null;
                if (task == null) {
                    if (stopping || worker.life != life) {
                        return null;
                    }
                    if (virtual != null) {
                        workers.remove(worker);
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
                call(wake);
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
        if (interrupting) {
            worker.interrupt();
        }
        if (task instanceof WorkerTask) {
            queuedTasks--;
        }
        worker.current = task;
        worker.startedNanos = ticker.nanos();
        waitedNanos.add(worker.startedNanos - task.queuedAtNanos);
    }

    /** Under the lock: the call has come, and what was run is accounted for. */
    private void settle(Worker worker) {
        if (worker.signalled) {
            worker.signalled = false;
            signalled--;
        }
        if (worker.current != null) {
            worker.current = null;
            completed.increment();
            ranNanos.add(ticker.nanos() - worker.startedNanos);
        }
    }

    /** Whether the calling thread is one of the pool's. */
    public boolean inWorker() {
        return everyWorker().stream().anyMatch(Worker::isCurrentThread);
    }

    /**
     * Ends the pool: lets what is queued run for at most {@code grace}, then drops the tasks still queued, interrupts,
     * and waits for at most {@code afterInterrupt}. Blocks; not for a worker. Returns what was running when the grace
     * was over, each with its thread and stack; threads that then do not end are left to themselves.
     */
    public List<String> stop(Duration grace, Duration afterInterrupt) {
        List<Worker> woken;
        lock.lock();
        try {
            if (!running) {
                return List.of();
            }
            stopping = true;
            woken = List.copyOf(workers);
            woken.forEach(worker -> {
                worker.signalled = false;
                worker.idle = false;
            });
            idle.clear();
            signalled = 0;
        } finally {
            lock.unlock();
        }
        woken.forEach(Worker::wake);
        List<String> stuck = List.of();
        if (!Worker.allEnd(this::everyWorker, Checks.nanos(grace), ticker)) {
            stuck = describeRunning();
            interrupt();
            Worker.allEnd(this::everyWorker, Checks.nanos(afterInterrupt), ticker);
        }
        lock.lock();
        try {
            running = false;
            workers.clear();
        } finally {
            lock.unlock();
        }
        return stuck;
    }

    private void interrupt() {
        List<WorkerTask> dropped;
        lock.lock();
        try {
            interrupting = true;
            dropped = takeTasks();
        } finally {
            lock.unlock();
        }
        everyWorker().forEach(Worker::interrupt);
        dropped.forEach(task -> task.drop("the workers of '" + name + "' were stopped before its turn came"));
    }

    private List<Worker> everyWorker() {
        lock.lock();
        try {
            return List.copyOf(workers);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Under the lock: empties the queue but for the sources, which stay for their last callbacks until a worker comes
     * back.
     */
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

    private List<String> describeRunning() {
        long now = ticker.nanos();
        return everyWorker().stream()
                .map(worker -> worker.describe(now))
                .filter(text -> !text.isEmpty())
                .toList();
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
}
