package io.millio.spring.boot.context;

import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What TCP servers and UDP endpoints have in common, built by a builder of the core; threads as {@link Endpoint} says. */
abstract class BuiltEndpoint implements Endpoint {
    private final ServerDefinition definition;
    private final ServerDefinition.Settings settings;
    private final EventLoop loop;

    BuiltEndpoint(ServerDefinition definition, ServerDefinition.Settings settings, EventLoop loop) {
        this.definition = definition;
        this.settings = settings;
        this.loop = loop;
    }

    /**
     * @param customizer whose settings it may be that are refused
     */
    static <T> T build(ServerDefinition definition, Class<?> customizer, Supplier<T> builder) {
        try {
            return builder.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new MillStartException(
                    "Server '" + definition.name() + "' cannot be built: " + e.getMessage() + ".",
                    "Change the properties below " + definition.property("*") + ", or the " + customizer.getSimpleName()
                            + " that has set this.",
                    e);
        }
    }

    /** Opens the port. */
    abstract void start();

    abstract CompletionStage<DrainReport> shutdown(Duration timeout);

    /** Waits for its end. */
    abstract void closeForGood();

    /**
     * One that was never shut down opens together with its loop. Where the context starts the loop they are opened one by one after it, so
     * that a failure is known to be this one's.
     */
    final void openAfterItsLoop() {
        CompletionStage<DrainReport> unused = shutdown(Duration.ZERO);
    }

    @Override
    public final void open() {
        if (loop.stats().state() == LoopStats.State.NEW) {
            return;
        }
        try {
            start();
        } catch (UncheckedIOException e) {
            throw BindFailure.explain(definition, transport(), settings.address(), e);
        }
    }

    @Override
    public final String describe() {
        String what = "Mill-IO server '" + definition.name() + "' ";
        if (!isOpen()) {
            return what + "will listen when its loop, the application's own '" + loop.name()
                    + "', is started; the starter does not do that";
        }
        Dispatch chosen = settings.dispatch();
        return what + "listening on " + transport() + " "
                + Addresses.describe(
                        localAddress(),
                        definition.token() == null
                                ? "no token"
                                : definition.token().toString(),
                        (chosen == null ? loop.dispatch() : chosen).name());
    }

    @Override
    public final CompletionStage<DrainReport> drain(Duration timeout) {
        return isOpen() ? shutdown(timeout) : CompletableFuture.completedFuture(DrainLog.NOTHING);
    }

    @Override
    public final void close() {
        CompletionStage<DrainReport> unused = drain(Duration.ZERO);
    }

    /** Not before it has ended: until then it would wait for handlers, and one of them may never return. */
    @Override
    public final void release() {
        CompletionStage<DrainReport> unused = shutdown(Duration.ZERO).whenComplete((report, failure) -> closeForGood());
    }

    @Override
    public final String transport() {
        return settings.transport();
    }
}
