package io.millio.net;

import io.millio.internal.Lane;
import io.millio.internal.ReactorCounters;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import io.millio.internal.poll.PollSource;
import io.millio.time.Ticker;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A reactor that turns when a test says so. Owned by the thread that made it; other threads may only queue tasks, and may be lent
 * the part of the workers.
 */
final class HandReactor implements ReactorPort {
    private final Thread owner = Thread.currentThread();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Queue<SerialTask> workers = new ConcurrentLinkedQueue<>();
    private final ReactorCounters counters = new ReactorCounters();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(64 * 1024);
    private final Ticker ticker;

    /** Time stands still. */
    HandReactor() {
        this(() -> 0);
    }

    HandReactor(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Runs what is queued for the reactor, and what comes of it. */
    void turn() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Runs one mailbox that was handed to the workers; false if there is none. */
    boolean work() {
        SerialTask task = workers.poll();
        if (task != null) {
            task.run();
        }
        return task != null;
    }

    /** Turns and works until there is nothing left to do. */
    void settle() {
        do {
            turn();
        } while (work() || !tasks.isEmpty());
    }

    @Override
    public int index() {
        return 0;
    }

    @Override
    public boolean inReactor() {
        return Thread.currentThread() == owner;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public long nanos() {
        return ticker.nanos();
    }

    @Override
    public long turnNanos() {
        return 0;
    }

    @Override
    public ByteBuffer readBuffer() {
        return readBuffer.clear();
    }

    @Override
    public void register(PollSource source, int interestOps) {
        throw new AssertionError("there is nothing to poll");
    }

    @Override
    public void interest(PollSource source, int interestOps) {
        throw new AssertionError("there is nothing to poll");
    }

    @Override
    public void deregister(PollSource source) {
        throw new AssertionError("there is nothing to poll");
    }

    @Override
    public void atBatchEnd(Runnable flush) {
        tasks.add(flush);
    }

    @Override
    public Lane directLane() {
        return tasks::add;
    }

    @Override
    public Lane virtualLane() {
        return workersLane();
    }

    @Override
    public Lane workersLane() {
        return workers::add;
    }

    @Override
    public ReactorCounters counters() {
        return counters;
    }

    @Nullable
    SerialTask nextMailbox() {
        return workers.poll();
    }
}
