package io.millio.loop;

import io.millio.internal.Checks;
import io.millio.internal.LoopAccess;
import io.millio.internal.VirtualThreads;
import io.millio.time.Ticker;
import io.millio.time.Timeout;
import io.millio.work.ComputePool;
import io.millio.work.WorkerPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * An event loop: reactors that wait for channels, timers and triggers, and workers that run what must not run on a
 * reactor.
 *
 * <p>Every method may be called by any thread and, unless it says otherwise, does not block. A loop opens no thread,
 * selector or port before {@link #run} or {@link #start}; what is registered before is armed then. It can be started
 * again after it has stopped: registrations end with the life they were made for, counters go on.
 *
 * <p>What is <em>not</em> promised: fairness between sources beyond the event capacity, and an order between different
 * sources.
 *
 * <pre>{@code
 * try (EventLoop loop = EventLoop.create()) {
 *     loop.register(channel, Token.of(7), Interest.READABLE, event -> read(event.channel()));
 *     loop.run();
 * }
 * }</pre>
 */
public final class EventLoop implements AutoCloseable {
    static {
        LoopAccess.install(loop -> ((EventLoop) loop).engine);
    }

    private final LoopEngine engine;

    EventLoop(LoopEngine engine) {
        this.engine = engine;
    }

    /** A loop with 4 workers, 1024 events per turn and a poll timeout of 100 ms; see {@link Builder} for the rest. */
    public static EventLoop create() {
        return builder().build();
    }

    /** A loop with the given sizes; see the methods of {@link Builder} for their ranges. */
    public static EventLoop create(int workers, int eventCapacity, Duration pollTimeout) {
        return builder()
                .workers(workers)
                .eventCapacity(eventCapacity)
                .pollTimeout(pollTimeout)
                .build();
    }

    /** A builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** The name, as in thread names and meters. */
    public String name() {
        return engine.name();
    }

    /** The dispatch of registrations and servers that choose none. */
    public Dispatch dispatch() {
        return engine.options().dispatch();
    }

    // ---- sources ----------------------------------------------------------------------------------------------------

    /**
     * Watches a channel with the loop's dispatch; see {@link #register(SelectableChannel, Token, Interest, Dispatch,
     * EventHandler)}.
     */
    public Registration register(SelectableChannel channel, Token token, Interest interest, EventHandler handler) {
        return register(channel, token, interest, dispatch(), handler);
    }

    /**
     * Watches a channel, which is switched to non-blocking mode. It is closed when its handler throws or the loop
     * stops; a channel that was refused still belongs to the caller.
     *
     * @throws IllegalArgumentException if the token or the channel is registered already (the text names the holder),
     *     or if the channel can never be ready for the interest
     * @throws IllegalStateException if the loop is closed
     * @throws UncheckedIOException if the channel is closed or cannot be made non-blocking
     * @throws UnsupportedOperationException if the dispatch is VIRTUAL, before JDK 21
     */
    public Registration register(
            SelectableChannel channel, Token token, Interest interest, Dispatch dispatch, EventHandler handler) {
        Objects.requireNonNull(handler, "handler");
        interest.check(channel);
        dispatch.supported("mill.event-loop.dispatch");
        refuseIfClosed();
        ChannelRegistration registration =
                new ChannelRegistration(engine, engine.nextReactor(), token, channel, interest, dispatch, handler);
        add(registration);
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            registration.close();
            throw new UncheckedIOException("the channel for " + token + " cannot be made non-blocking: " + e, e);
        }
        registration.arm();
        return registration;
    }

    /**
     * Makes a doorbell for a handler, with the loop's dispatch.
     *
     * @throws IllegalArgumentException if the token is taken; the text names the holder
     * @throws IllegalStateException if the loop is closed
     */
    public Trigger trigger(Token token, EventHandler handler) {
        Objects.requireNonNull(handler, "handler");
        refuseIfClosed();
        TriggerSource trigger = new TriggerSource(engine, engine.nextReactor(), token, dispatch(), handler);
        add(trigger);
        return trigger;
    }

    /**
     * Ends the registration or trigger of a token; its channel stays open.
     *
     * @return whether there was one
     * @throws IllegalArgumentException if the token is reserved, as a server's is; the text names the owner
     */
    public boolean deregister(Token token) {
        Source source = engine.registry().find(token);
        if (source == null) {
            return false;
        }
        source.close();
        return true;
    }

    /** A close ends what it finds registered; who comes after that is refused, as by a loop that was closed before. */
    private void add(Source source) {
        engine.registry().add(source);
        if (isClosed()) {
            engine.registry().remove(source);
            refuseIfClosed();
        }
    }

    private void refuseIfClosed() {
        if (isClosed()) {
            throw new IllegalStateException(closedText());
        }
    }

    private Reactor reactorForTask() {
        if (isClosed()) {
            throw new RejectedExecutionException(closedText());
        }
        return engine.homeReactor();
    }

    private boolean isClosed() {
        return engine.lifecycle().state() == LoopStats.State.CLOSED;
    }

    private String closedText() {
        return "loop '" + name() + "' is closed for good; make a new one";
    }

    // ---- work -------------------------------------------------------------------------------------------------------

    /**
     * Runs a task on a reactor, where it must not block: on the caller's own if it is one, or else on the first. Tasks
     * of one thread keep their order. A task given before the start runs after it.
     *
     * @throws RejectedExecutionException if 65 536 tasks wait on that reactor, or the loop is closed
     */
    public void execute(Runnable task) {
        reactorForTask().submit(Objects.requireNonNull(task, "task"));
    }

    /**
     * Runs a task on the workers, where it may block.
     *
     * @return completes after the task, with what it threw if it failed, or with a RejectedExecutionException if the
     *     loop stopped before its turn came
     * @throws RejectedExecutionException if the worker queue is full, or the loop does not run
     */
    public CompletableFuture<Void> submit(Runnable task) {
        return engine.workers().submit(Objects.requireNonNull(task, "task"));
    }

    /**
     * The pool for computations, with priorities, handles and aging. It takes tasks while the loop runs, starts its
     * threads when there is work for them, and stops with the loop: a drain runs what is queued, up to its deadline.
     */
    public ComputePool compute() {
        return engine.compute();
    }

    /**
     * Runs a task on a reactor, where it must not block, once the delay has passed and never before.
     *
     * @param delay zero or less is due at once
     * @return a handle to cancel it
     * @throws RejectedExecutionException if 1 000 000 timers wait on that reactor, or the loop is closed
     */
    public Timeout schedule(Duration delay, Runnable task) {
        Objects.requireNonNull(task, "task");
        Reactor reactor = reactorForTask();
        if (reactor.inReactor()) {
            return reactor.timers().schedule(Checks.nanos(delay), task);
        }
        try {
            Timeout timeout = reactor.timers().submit(Checks.nanos(delay), task);
            reactor.wakeupBefore(timeout.deadlineNanos());
            return timeout;
        } catch (RejectedExecutionException full) {
            // Those that were cancelled count until the reactor has looked, and it may sleep for ever.
            reactor.wakeup();
            throw full;
        }
    }

    /**
     * {@link #execute} in the shape of an executor; the loop itself is none, for frameworks treat every executor as
     * theirs.
     */
    public Executor asExecutor() {
        return this::execute;
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    /**
     * Runs the loop, with its first reactor on the calling thread, and returns when it has stopped; returns at once if
     * {@link #stop} was called on the new loop.
     *
     * @throws IllegalStateException if the loop runs already or is closed
     * @throws UncheckedIOException if a selector or the port of a server cannot be opened
     */
    public void run() {
        engine.lifecycle().run();
    }

    /**
     * As {@link #run}, but on threads of the loop's own, which are no daemons; returns when selectors and ports are
     * open.
     *
     * @throws IllegalStateException if the loop runs already or is closed
     * @throws UncheckedIOException if a selector or the port of a server cannot be opened
     */
    public void start() {
        engine.lifecycle().start();
    }

    /**
     * Ends the loop without a drain, and does not wait for the end: connections and registrations are closed; handlers
     * have a second to return before they are interrupted, and another one before they are given up. Before the first
     * start, it makes that one return at once. Idempotent.
     */
    public void stop() {
        engine.lifecycle().stop();
    }

    /**
     * Ends the loop when its work has ended: nothing new is accepted, what was received is answered, what was written
     * is flushed, and then connections are closed; what is left at the time-out is cut, or at once if there is no room
     * for one more timer. A loop that does not run has nothing to drain.
     *
     * @param timeout zero or longer
     * @return completes when the loop has stopped; must not be waited for in a callback. A second call gets the first
     *     one's report
     * @throws IllegalArgumentException if the time-out is negative
     */
    public CompletionStage<DrainReport> shutdown(Duration timeout) {
        return engine.lifecycle().shutdown(timeout);
    }

    /**
     * Stops the loop for good, as {@link #stop} does, and waits until it has stopped; called from one of its own
     * threads it only begins to. What was registered for a start that never came is closed without an event.
     * Idempotent.
     */
    @Override
    public void close() {
        engine.lifecycle().close();
    }

    /** What the loop has done so far; costs a few hundred reads. */
    public LoopStats stats() {
        return new LoopStats(
                engine.lifecycle().state(),
                engine.reactorList().stream().map(Reactor::stats).toList(),
                engine.workers().stats(),
                Optional.ofNullable(engine.virtual()).map(WorkerPool::stats),
                engine.errors().count());
    }

    @Override
    public String toString() {
        return "EventLoop '" + name() + "' " + engine.lifecycle().state();
    }

    /**
     * Collects and checks the settings of a loop; not for use by several threads. A value out of its range is refused
     * with an {@link IllegalArgumentException} that names both.
     */
    public static final class Builder {
        private String name = "mill";
        private int reactors = defaultReactors();
        private int workers = 4;
        private int eventCapacity = 1024;
        private Duration pollTimeout = Duration.ofMillis(100);
        private Dispatch dispatch = Dispatch.WORKERS;
        private int workerQueue;
        private int computeThreads = Runtime.getRuntime().availableProcessors();
        private int computeQueue;
        private boolean computeVirtual;
        private long bufferMemory = Math.max(4L << 20, Runtime.getRuntime().maxMemory() / 4);
        private ErrorListener errorListener = (source, error) -> {};
        private Duration stallThreshold = Duration.ofMillis(100);
        private StallListener stallListener = stall -> {};
        private Ticker ticker = Ticker.system();

        private Builder() {}

        private static int defaultReactors() {
            return Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors() / 2));
        }

        /** The name in thread names, logs and meters; "mill" by default. */
        public Builder name(String value) {
            name = Checks.name("name", value);
            return this;
        }

        /**
         * Reactor threads, 1 to 256; by default half as many as processors, at least 1 and at most 8. Connections are
         * spread over them and stay where they are.
         */
        public Builder reactors(int value) {
            reactors = Checks.range("reactors", value, 1, 256);
            return this;
        }

        /** Worker threads, 1 to 4096; 4 by default. */
        public Builder workers(int value) {
            workers = Checks.range("workers", value, 1, 4096);
            return this;
        }

        /**
         * Events that a reactor handles before it looks at its tasks and timers again, 1 to 65 536; 1024 by default. A
         * cap for fairness: the JDK itself hands out at most 1024 at a time.
         */
        public Builder eventCapacity(int value) {
            eventCapacity = Checks.range("event capacity", value, 1, 65_536);
            return this;
        }

        /**
         * The longest sleep of an idle reactor, up to a day; 100 ms by default, 0 lets it sleep until there is
         * something to do. It delays nothing: whatever is to be done wakes the reactor.
         */
        public Builder pollTimeout(Duration value) {
            Checks.notNegative("poll timeout", value);
            pollTimeout = value.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1) : value;
            return this;
        }

        /**
         * Where callbacks run unless a server or registration chooses otherwise; WORKERS by default.
         *
         * @throws UnsupportedOperationException if it is VIRTUAL, before JDK 21
         */
        public Builder dispatch(Dispatch value) {
            dispatch = value.supported("mill.event-loop.dispatch");
            return this;
        }

        /** Tasks that may wait for a worker, 1 to 16 777 216; 1024 for each worker by default. */
        public Builder workerQueue(int value) {
            workerQueue = Checks.range("worker queue", value, 1, 1 << 24);
            return this;
        }

        /**
         * Tasks of {@link EventLoop#compute} that run at once, 1 to 4096; by default as many as there are processors.
         */
        public Builder computeThreads(int value) {
            computeThreads = Checks.range("compute threads", value, 1, 4096);
            return this;
        }

        /** Tasks of each priority that may wait there, 1 to 4 194 304; by default 1024 for each of its threads. */
        public Builder computeQueue(int value) {
            computeQueue = Checks.range("compute queue", value, 1, 1 << 22);
            return this;
        }

        /**
         * Whether they run on virtual threads instead of platform threads; false by default.
         *
         * @throws UnsupportedOperationException before JDK 21
         */
        public Builder computeVirtual(boolean value) {
            if (value) {
                VirtualThreads.require("a virtual compute pool (mill.compute.virtual)", "set it to false");
            }
            computeVirtual = value;
            return this;
        }

        /**
         * Bytes that all connections of the loop may buffer together outside the heap, at least 1 MiB. By default a
         * quarter of the maximum heap, but at least 4 MiB: the JVM grants as much direct memory as heap, unless {@code
         * -XX:MaxDirectMemorySize} says otherwise.
         */
        public Builder bufferMemory(long bytes) {
            bufferMemory = Checks.range("buffer memory", bytes, 1 << 20, Long.MAX_VALUE);
            return this;
        }

        /**
         * Told of every failure that the loop contains; by default nobody is. They are logged in any case, at most one
         * line per second and kind.
         */
        public Builder errorListener(ErrorListener value) {
            errorListener = Objects.requireNonNull(value, "error listener");
            return this;
        }

        /**
         * How long a reactor may be away from its selector before that is reported as a stall; 100 ms by default, 0 is
         * never.
         */
        public Builder stallThreshold(Duration value) {
            Checks.notNegative("stall threshold", value);
            stallThreshold = value.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1) : value;
            return this;
        }

        /** Told of every stall, which is logged and counted as well; by default nobody is. */
        public Builder stallListener(StallListener value) {
            stallListener = Objects.requireNonNull(value, "stall listener");
            return this;
        }

        /** The clock of timers and figures; the system's monotonic one by default. */
        public Builder ticker(Ticker value) {
            ticker = Objects.requireNonNull(value, "ticker");
            return this;
        }

        /** The loop; nothing is opened yet. */
        public EventLoop build() {
            return new EventLoop(new LoopEngine(options()));
        }

        LoopOptions options() {
            int queue = workerQueue == 0 ? 1024 * workers : workerQueue;
            return new LoopOptions(
                    name,
                    reactors,
                    workers,
                    eventCapacity,
                    pollTimeout,
                    dispatch,
                    queue,
                    computeThreads,
                    computeQueue == 0 ? 1024 * computeThreads : computeQueue,
                    computeVirtual,
                    bufferMemory,
                    errorListener,
                    stallThreshold,
                    stallListener,
                    ticker);
        }
    }
}
