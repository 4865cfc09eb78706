package io.millio.loop;

import io.millio.internal.Checks;
import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.internal.VirtualThreads;
import io.millio.internal.poll.NioPoller;
import io.millio.internal.poll.Poller;
import io.millio.work.ComputePool;
import io.millio.work.WorkerPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind an {@link EventLoop}: its reactors, workers, registry and components, which exist before the first start and
 * outlive every stop. For any thread; the order of starting and stopping is kept by {@link Lifecycle}.
 */
final class LoopEngine implements LoopPort {
    private final LoopOptions options;
    private final ErrorReporter errors;
    private final WorkerPool workers;
    private final ComputePool compute;

    /** Null where the JDK has no virtual threads; without work it has none either. */
    private final @Nullable WorkerPool virtual;

    private final List<Reactor> reactors;
    private final Watchdog watchdog;
    private final Registry registry = new Registry();
    private final List<LoopComponent> components = new CopyOnWriteArrayList<>();
    private final Map<Class<?>, Object> shared = new ConcurrentHashMap<>();
    private final AtomicInteger nextReactor = new AtomicInteger();
    private final Lifecycle lifecycle;

    LoopEngine(LoopOptions options) {
        this(options, NioPoller::new);
    }

    LoopEngine(LoopOptions options, Poller.Factory pollers) {
        this.options = options;
        this.errors = new ErrorReporter(options.name(), options.errorListener(), options.ticker());
        this.workers = new WorkerPool(
                options.name(), options.workers(), options.workerQueue(), options.ticker(), errors::report);
        this.virtual = VirtualThreads.supported()
                ? WorkerPool.virtual(
                        options.name(), LoopOptions.MAX_VIRTUAL_THREADS, 1, options.ticker(), errors::report)
                : null;
        this.compute = ComputePool.builder()
                .name(options.name() + "-compute")
                .threads(options.computeThreads())
                .queueCapacity(options.computeQueue())
                .virtual(options.computeVirtual())
                .ticker(options.ticker())
                .errorListener(errors::report)
                .build();
        List<Reactor> made = new ArrayList<>();
        for (int i = 0; i < options.reactors(); i++) {
            made.add(new Reactor(i, options, pollers, workers, virtual, errors));
        }
        this.reactors = List.copyOf(made);
        this.watchdog = new Watchdog(options, reactors, errors);
        reactors.forEach(reactor -> reactor.guardedBy(watchdog));
        this.lifecycle = new Lifecycle(this, options.ticker());
    }

    String name() {
        return options.name();
    }

    LoopOptions options() {
        return options;
    }

    ErrorReporter errors() {
        return errors;
    }

    WorkerPool workers() {
        return workers;
    }

    ComputePool compute() {
        return compute;
    }

    @Nullable
    WorkerPool virtual() {
        return virtual;
    }

    List<Reactor> reactorList() {
        return reactors;
    }

    Registry registry() {
        return registry;
    }

    List<LoopComponent> components() {
        return components;
    }

    Lifecycle lifecycle() {
        return lifecycle;
    }

    /** The caller's own reactor if it is one, or else the first: tasks of one thread keep their order. */
    Reactor homeReactor() {
        // By index, for it is asked for every connection, and an iterator would be garbage.
        for (int i = 0; i < reactors.size(); i++) {
            if (reactors.get(i).inReactor()) {
                return reactors.get(i);
            }
        }
        return reactors.get(0);
    }

    @Override
    public Reactor nextReactor() {
        return reactors.get(Math.floorMod(nextReactor.getAndIncrement(), reactors.size()));
    }

    // ---- the resources of one life, for Lifecycle -------------------------------------------------------------------

    /**
     * Opens the selectors and the components' ports, and starts the workers; undoes all of it if one fails.
     *
     * @param stopping whether the life that begins here is to end
     */
    void open(BooleanSupplier stopping) {
        OwnClasses.load();
        try {
            for (Reactor reactor : reactors) {
                reactor.open(stopping);
            }
            for (LoopComponent component : components) {
                component.loopStarted();
            }
            workers.start();
            if (virtual != null) {
                virtual.start();
            }
            compute.start();
            watchdog.start();
        } catch (IOException e) {
            discard();
            throw new UncheckedIOException(
                    "loop '" + name() + "' could not open a selector; is the limit of open files reached?", e);
        } catch (RuntimeException | Error e) {
            discard();
            throw e;
        }
    }

    private void discard() {
        List<String> unused = stopPools(Duration.ZERO, Duration.ofSeconds(1));
        loopStopped();
        reactors.forEach(Reactor::discard);
    }

    /** When nothing runs any more. */
    void loopStopped() {
        tellComponents(LoopComponent::loopStopped);
    }

    /** One that cannot end must not keep the others from it, nor the loop. */
    private void tellComponents(Consumer<LoopComponent> end) {
        for (LoopComponent component : components) {
            try {
                end.accept(component);
            } catch (Throwable t) {
                errors.report(component, t);
            }
        }
    }

    /** Ends what was registered for a life that will not come; no reactor runs, and no handler is told. */
    void abandonSources() {
        registry.sources().forEach(Source::abandon);
    }

    /** On the reactor's thread, before its selector closes. */
    void reactorStopping(Reactor reactor) {
        tellComponents(component -> component.reactorStopping(reactor));
        for (Source source : registry.sources()) {
            if (source.reactor() == reactor) {
                source.lose();
            }
        }
    }

    List<String> stopWorkers(Duration grace, Duration afterInterrupt) {
        watchdog.stop();
        return stopPools(grace, afterInterrupt);
    }

    /** Within one grace for all: first those whose tasks may wait for the others'. */
    private List<String> stopPools(Duration grace, Duration afterInterrupt) {
        long deadline = options.ticker().nanos() + Math.min(Checks.nanos(grace), Long.MAX_VALUE / 2);
        List<String> stuck = new ArrayList<>(compute.stop(grace, afterInterrupt));
        if (virtual != null) {
            stuck.addAll(virtual.stop(left(deadline), afterInterrupt));
        }
        stuck.addAll(workers.stop(left(deadline), afterInterrupt));
        return stuck;
    }

    private Duration left(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - options.ticker().nanos()));
    }

    // ---- LoopPort ---------------------------------------------------------------------------------------------------

    @Override
    public int reactors() {
        return reactors.size();
    }

    @Override
    public ReactorPort reactor(int index) {
        return reactors.get(index);
    }

    @Override
    public void attach(LoopComponent component) {
        components.add(component);
    }

    @Override
    public void detach(LoopComponent component) {
        components.remove(component);
    }

    @Override
    public void reserveToken(long token, String owner) {
        registry.reserve(Token.of(token), owner);
    }

    @Override
    public void releaseToken(long token) {
        registry.release(Token.of(token));
    }

    @Override
    public void report(Object source, Throwable error) {
        errors.report(source, error);
    }

    @Override
    public <T> T shared(Class<T> type, Supplier<? extends T> maker) {
        return type.cast(shared.computeIfAbsent(type, key -> maker.get()));
    }

    @Override
    public long bufferBudget() {
        return options.bufferBytes();
    }

    @Override
    public boolean ensureStarted() {
        return lifecycle.ensureStarted();
    }

    @Override
    public boolean isRunning() {
        return lifecycle.isRunning();
    }

    @Override
    public boolean inLoopThread() {
        return homeReactorOrNull() != null
                || workers.inWorker()
                || compute.inWorker()
                || virtual != null && virtual.inWorker();
    }

    @Override
    public String toString() {
        return "loop '" + name() + "'";
    }

    @Nullable
    Reactor homeReactorOrNull() {
        Reactor home = homeReactor();
        return home.inReactor() ? home : null;
    }
}
