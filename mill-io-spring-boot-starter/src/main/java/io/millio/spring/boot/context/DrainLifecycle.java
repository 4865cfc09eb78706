package io.millio.spring.boot.context;

import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Drains the loop and its servers in the phase in which Spring Boot's own servers shut down gracefully, that is before they and
 * everything else are stopped, and refuses readiness from its beginning; any number of times. Owned by the thread that runs the context's lifecycle, which it never blocks.
 */
public final class DrainLifecycle implements SmartLifecycle {
    private final ConfiguredServers servers;
    private final EventLoop loop;
    private final boolean ownsLoop;
    private final Duration timeout;
    private final Duration delay;
    private final Readiness readiness;
    private volatile boolean running;

    /**
     * For the servers on this loop.
     *
     * @param timeout what is left then is cut
     * @param delay how long readiness is refused before the drain begins
     */
    public DrainLifecycle(
            ConfiguredServers servers,
            EventLoop loop,
            boolean ownsLoop,
            Duration timeout,
            Duration delay,
            Readiness readiness) {
        this.servers = servers;
        this.loop = loop;
        this.ownsLoop = ownsLoop;
        this.timeout = timeout;
        this.delay = delay;
        this.readiness = readiness;
    }

    /** How long a drain may take. */
    public Duration timeout() {
        return timeout;
    }

    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
    }

    /** As Spring Boot's own servers: a paused context still answers. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public void start() {
        readiness.restore();
        running = true;
    }

    /** Only begins; {@link #stop(Runnable)} tells of the end. */
    @Override
    public void stop() {
        stop(() -> {});
    }

    @Override
    public void stop(Runnable callback) {
        running = false;
        readiness.refuse();
        CompletionStage<?> unused =
                delayed().thenCompose(passed -> drain()).whenComplete((report, failure) -> callback.run());
    }

    /** Not by the common pool: it may have a single thread, and that be the one that waits for the end of the drain. */
    private CompletionStage<?> delayed() {
        return delay.isZero()
                ? CompletableFuture.completedFuture(null)
                : new CompletableFuture<Void>().completeOnTimeout(null, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private CompletionStage<?> drain() {
        return ownsLoop ? drainLoop() : servers.drain(timeout);
    }

    private CompletionStage<DrainReport> drainLoop() {
        return loop.shutdown(timeout).thenApply(report -> {
            DrainLog.log("loop '" + loop.name() + "'", report);
            return report;
        });
    }
}
