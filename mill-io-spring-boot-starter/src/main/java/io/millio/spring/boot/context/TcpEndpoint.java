package io.millio.spring.boot.context;

import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.net.TcpServer;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A TCP server whose connections are served by a handler bean; threads as {@link Endpoint} says. */
final class TcpEndpoint implements Endpoint {
    private final ServerDefinition definition;
    private final ServerDefinition.Settings settings;
    private final EventLoop loop;
    private final TcpServer server;

    /**
     * @param ownsLoop whether the context starts the loop; servers are then opened one by one after it, so that a failure is
     *     known to be this server's
     */
    TcpEndpoint(
            ServerDefinition definition,
            ServerDefinition.Settings settings,
            EventLoop loop,
            boolean ownsLoop,
            HandlerBean handler,
            List<TcpServerCustomizer> customizers) {
        this.definition = definition;
        this.settings = settings;
        this.loop = loop;
        handler.connections().applyTo(definition, settings.builder());
        customizers.forEach(customizer -> customizer.customize(definition.name(), settings.builder()));
        this.server = build();
        check(handler);
        if (ownsLoop) {
            // A server that was never shut down opens together with its loop.
            CompletionStage<DrainReport> unused = server.shutdown(Duration.ZERO);
        }
    }

    private TcpServer build() {
        try {
            return settings.builder().build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new MillStartException(
                    "Server '" + definition.name() + "' cannot be built: " + e.getMessage() + ".",
                    "Change the properties below " + definition.property("*")
                            + ", or the TcpServerCustomizer that has set this.",
                    e);
        }
    }

    private void check(HandlerBean handler) {
        try {
            handler.connections().check(definition, server);
        } catch (MillStartException e) {
            server.close();
            throw e;
        }
    }

    TcpServer server() {
        return server;
    }

    @Override
    public void open() {
        if (loop.stats().state() == LoopStats.State.NEW) {
            return;
        }
        try {
            server.start();
        } catch (UncheckedIOException e) {
            throw BindFailure.explain(definition, settings.transport(), settings.address(), e);
        }
    }

    @Override
    public boolean isOpen() {
        return server.isListening();
    }

    @Override
    public String describe() {
        String what = "Mill-IO server '" + definition.name() + "' ";
        if (!isOpen()) {
            return what + "will listen when its loop, the application's own '" + loop.name()
                    + "', is started; the starter does not do that";
        }
        return what + "listening on " + transport() + " "
                + Addresses.describe(server.localAddress(), token(definition), dispatch(settings, loop));
    }

    static String token(ServerDefinition definition) {
        return definition.token() == null ? "no token" : definition.token().toString();
    }

    static String dispatch(ServerDefinition.Settings settings, EventLoop loop) {
        Dispatch chosen = settings.dispatch();
        return (chosen == null ? loop.dispatch() : chosen).name();
    }

    @Override
    public CompletionStage<DrainReport> drain(Duration timeout) {
        return isOpen() ? server.shutdown(timeout) : CompletableFuture.completedFuture(DrainLog.NOTHING);
    }

    @Override
    public void close() {
        CompletionStage<DrainReport> unused = drain(Duration.ZERO);
    }

    @Override
    public String transport() {
        return settings.transport();
    }

    @Override
    public SocketAddress localAddress() {
        return server.localAddress();
    }
}
