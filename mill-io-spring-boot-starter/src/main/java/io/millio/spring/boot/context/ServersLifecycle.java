package io.millio.spring.boot.context;

import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the loop and opens the servers in the phase of Spring Boot's own servers, and ends what {@link DrainLifecycle} has left;
 * any number of times. Owned by the thread that runs the context's lifecycle. A loop that is a bean of the application's own is
 * neither started nor stopped.
 */
public final class ServersLifecycle implements SmartLifecycle, DisposableBean {
    private static final Log LOG = LogFactory.getLog(ServersLifecycle.class);
    private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(5);

    private final ConfiguredServers servers;
    private final EventLoop loop;
    private final boolean ownsLoop;
    private volatile boolean running;

    /** For the servers on this loop. */
    public ServersLifecycle(ConfiguredServers servers, EventLoop loop, boolean ownsLoop) {
        this.servers = servers;
        this.loop = loop;
        this.ownsLoop = ownsLoop;
    }

    @Override
    public int getPhase() {
        return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE;
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
        if (!ownsLoop) {
            LOG.info("The event loop '" + loop.name() + "' is a bean of the application's own:"
                    + " mill.event-loop.* is not applied to it, and the starter neither starts nor stops it");
        }
        try {
            if (ownsLoop) {
                startLoop();
            }
            servers.open();
            running = true;
        } catch (RuntimeException | Error e) {
            undo(e);
            throw e;
        }
    }

    /** Somebody who was injected the loop may have started it already. */
    private void startLoop() {
        LoopStats.State state = loop.stats().state();
        if (state != LoopStats.State.RUNNING) {
            loop.start();
        }
    }

    private void undo(Throwable cause) {
        if (!ownsLoop) {
            return;
        }
        try {
            loop.shutdown(Duration.ZERO).toCompletableFuture().get(UNDO_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            cause.addSuppressed(e);
        }
    }

    /** Only begins; {@link #stop(Runnable)} tells of the end. */
    @Override
    public void stop() {
        stop(() -> {});
    }

    @Override
    public void stop(Runnable callback) {
        running = false;
        servers.close();
        if (!ownsLoop) {
            callback.run();
            return;
        }
        // A drain that still goes on has had its phase.
        loop.stop();
        CompletionStage<?> unused = loop.shutdown(Duration.ZERO).whenComplete((report, failure) -> callback.run());
    }

    /** Ends a loop that somebody has started outside the lifecycle; otherwise it has stopped long ago. */
    @Override
    public void destroy() {
        if (ownsLoop) {
            loop.close();
        }
    }
}
