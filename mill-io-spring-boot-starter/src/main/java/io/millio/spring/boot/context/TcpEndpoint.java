package io.millio.spring.boot.context;

import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.net.TcpServer;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A TCP server whose connections are served by a handler bean; threads as {@link Endpoint} says. */
final class TcpEndpoint extends BuiltEndpoint {
    private final TcpServer server;

    /**
     * @param ownsLoop whether the context starts the loop
     */
    TcpEndpoint(
            ServerDefinition definition,
            ServerDefinition.Settings settings,
            EventLoop loop,
            boolean ownsLoop,
            HandlerBean handler,
            List<TcpServerCustomizer> customizers) {
        super(definition, settings, loop);
        TcpServer.Builder builder = settings.builder();
        handler.connections().applyTo(definition, builder);
        customizers.forEach(customizer -> customizer.customize(definition.name(), builder));
        this.server = build(definition, TcpServerCustomizer.class, builder::build);
        try {
            handler.connections().check(definition, server);
        } catch (MillStartException e) {
            server.close();
            throw e;
        }
        if (ownsLoop) {
            openAfterItsLoop();
        }
    }

    TcpServer server() {
        return server;
    }

    @Override
    void start() {
        server.start();
    }

    @Override
    CompletionStage<DrainReport> shutdown(Duration timeout) {
        return server.shutdown(timeout);
    }

    @Override
    void closeForGood() {
        server.close();
    }

    @Override
    public boolean isOpen() {
        return server.isListening();
    }

    @Override
    public SocketAddress localAddress() {
        return server.localAddress();
    }
}
