package io.millio.spring.boot.context;

import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.watch.FileWatch;
import io.millio.watch.FileWatchHandler;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A file watch whose events go to a handler bean; threads as {@link Endpoint} says. It has no address. */
final class WatchEndpoint implements Endpoint {
    private final WatchDefinition definition;
    private final EventLoop loop;
    private final FileWatch watch;

    /** @param ownsLoop whether the context starts the loop; watches are then started one by one after it */
    WatchEndpoint(WatchDefinition definition, EventLoop loop, boolean ownsLoop, FileWatchHandler handler) {
        this.definition = definition;
        this.loop = loop;
        this.watch = build(definition, handler);
        if (ownsLoop) {
            CompletionStage<DrainReport> unused = watch.shutdown(Duration.ZERO);
        }
    }

    private static FileWatch build(WatchDefinition definition, FileWatchHandler handler) {
        try {
            return definition.builder().handler(handler).build();
        } catch (IllegalArgumentException e) {
            throw new MillStartException(
                    "Watch '" + definition.name() + "' cannot be built: " + e.getMessage() + ".",
                    "Change the properties below " + definition.property("*") + ".",
                    e);
        }
    }

    FileWatch watch() {
        return watch;
    }

    @Override
    public void open() {
        if (loop.stats().state() == LoopStats.State.NEW) {
            return;
        }
        try {
            watch.start();
        } catch (UncheckedIOException e) {
            throw new MillStartException(
                    "Watch '" + definition.name() + "' cannot begin as " + definition.property("path") + " demands: "
                            + e.getMessage() + ".",
                    "Set " + definition.property("path")
                            + " to a directory that exists and that this process may read, or "
                            + definition.property("max-files") + " and " + definition.property("max-directories")
                            + " to more than it holds.",
                    e);
        }
    }

    @Override
    public boolean isOpen() {
        return watch.isOpen();
    }

    @Override
    public String describe() {
        String what = "Mill-IO watch '" + definition.name() + "' ";
        return isOpen()
                ? what + "watching " + watch.path()
                : what + "will begin when its loop, the application's own '" + loop.name()
                        + "', is started; the starter does not do that";
    }

    @Override
    public CompletionStage<DrainReport> drain(Duration timeout) {
        return isOpen() ? watch.shutdown(timeout) : CompletableFuture.completedFuture(DrainLog.NOTHING);
    }

    @Override
    public void close() {
        CompletionStage<DrainReport> unused = drain(Duration.ZERO);
    }

    @Override
    public void release() {
        CompletionStage<DrainReport> unused =
                watch.shutdown(Duration.ZERO).whenComplete((report, failure) -> watch.close());
    }

    @Override
    public String transport() {
        return "";
    }

    @Override
    public SocketAddress localAddress() {
        throw new IllegalStateException(watch + " has no address");
    }
}
