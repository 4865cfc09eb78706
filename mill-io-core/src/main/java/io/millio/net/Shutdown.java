package io.millio.net;

import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.time.Timeout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The end of one server, client or endpoint, on its own and not with its loop. Stateless, for any thread. */
final class Shutdown {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private Shutdown() {}

    /** Drains it, and cuts what is left at the time-out. */
    static CompletionStage<DrainReport> within(
            Duration timeout, LoopComponent component, EventLoop loop, LoopPort port) {
        long start = port.reactor(0).nanos();
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        component
                .drain()
                .thenAccept(count -> report.complete(new DrainReport(
                        Duration.ofNanos(port.reactor(0).nanos() - start), count.drained(), count.cut(), List.of())));
        if (!report.isDone()) {
            Timeout deadline = loop.schedule(timeout, component::cut);
            // Left alone it would go off in the component's next life.
            CompletableFuture<Void> unused = report.thenRun(deadline::cancel);
        }
        return report.minimalCompletionStage();
    }

    /** Drains it and then lets it go for good; waits for that, unless the caller is one of the loop's own threads. */
    static void forGood(LoopComponent component, EventLoop loop, LoopPort port, Runnable letGo) {
        CompletableFuture<Void> finished = within(CLOSE_TIMEOUT, component, loop, port)
                .toCompletableFuture()
                .thenAccept(report -> {
                    port.detach(component);
                    letGo.run();
                });
        if (!port.inLoopThread()) {
            finished.join();
        }
    }
}
