package io.millio.internal.component;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.time.Timeout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The end of one server, client, endpoint or watch, on its own and not with its loop. Stateless, for any thread. */
public final class Shutdown {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private Shutdown() {}

    /** Drains it, and cuts what is left at the time-out. */
    public static CompletionStage<DrainReport> within(
            Duration timeout, LoopComponent component, EventLoop loop, LoopPort port) {
        long start = port.reactor(0).nanos();
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        component
                .drain()
                .thenAccept(count -> report.complete(new DrainReport(
                        Duration.ofNanos(port.reactor(0).nanos() - start), count.drained(), count.cut(), List.of())));
        if (!report.isDone()) {
            try {
                Timeout deadline = loop.schedule(timeout, component::cut);
                // Left alone it would go off in the component's next life.
                CompletableFuture<Void> unused = report.thenRun(deadline::cancel);
            } catch (RejectedExecutionException noTimer) {
                // There is no room for one, or the loop has been closed meanwhile: nothing would ever end the drain.
                component.cut();
            }
        }
        return report.minimalCompletionStage();
    }

    /**
     * Drains it and then frees it and its token for good; waits for that, unless the caller is one of the loop's own threads, but not
     * for a handler that does not return when its connection is cut.
     */
    public static void forGood(LoopComponent component, EventLoop loop, LoopPort port, @Nullable Token token) {
        forGood(component, loop, port, token, CLOSE_TIMEOUT);
    }

    /** The time-out of the drain; what is cut then is waited for as long once more. */
    static void forGood(
            LoopComponent component, EventLoop loop, LoopPort port, @Nullable Token token, Duration timeout) {
        CompletableFuture<Void> finished = within(timeout, component, loop, port)
                .toCompletableFuture()
                .thenAccept(report -> {
                    port.detach(component);
                    if (token != null) {
                        port.releaseToken(token.value());
                    }
                });
        if (!port.inLoopThread()) {
            awaitBriefly(finished, timeout.multipliedBy(2), port.reactor(0));
        }
    }

    /** An interrupt is left for the caller to see. */
    private static void awaitBriefly(CompletableFuture<Void> finished, Duration most, ReactorPort clock) {
        long deadline = clock.nanos() + most.toNanos();
        boolean interrupted = false;
        while (true) {
            try {
                finished.get(deadline - clock.nanos(), TimeUnit.NANOSECONDS);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new CompletionException(e.getCause());
            } catch (TimeoutException goesOn) {
                // It is let go when it has ended.
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Blocks until the end of the component's life, which is never a failure. */
    public static void await(CompletableFuture<DrainCount> ended, LoopComponent component) throws InterruptedException {
        try {
            ended.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(component + " did not end", e);
        }
    }
}
