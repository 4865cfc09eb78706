package io.millio.spring.boot.context;

import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.net.UdpEndpoint;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A UDP endpoint whose datagrams go to a handler bean; threads as {@link Endpoint} says. */
final class DatagramEndpoint implements Endpoint {
    private final ServerDefinition definition;
    private final ServerDefinition.Settings settings;
    private final EventLoop loop;
    private final UdpEndpoint endpoint;

    /**
     * @param builder the settings'
     * @param ownsLoop whether the context starts the loop; endpoints are then opened one by one after it
     */
    DatagramEndpoint(
            ServerDefinition definition,
            ServerDefinition.Settings settings,
            UdpEndpoint.Builder builder,
            EventLoop loop,
            boolean ownsLoop,
            HandlerBean handler,
            List<UdpEndpointCustomizer> customizers) {
        this.definition = definition;
        this.settings = settings;
        this.loop = loop;
        builder.handler(handler.datagramHandler());
        customizers.forEach(customizer -> customizer.customize(definition.name(), builder));
        this.endpoint = build(builder);
        if (ownsLoop) {
            CompletionStage<DrainReport> unused = endpoint.shutdown(Duration.ZERO);
        }
    }

    private UdpEndpoint build(UdpEndpoint.Builder builder) {
        try {
            return builder.build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new MillStartException(
                    "Server '" + definition.name() + "' cannot be built: " + e.getMessage() + ".",
                    "Change the properties below " + definition.property("*")
                            + ", or the UdpEndpointCustomizer that has set this.",
                    e);
        }
    }

    UdpEndpoint endpoint() {
        return endpoint;
    }

    @Override
    public void open() {
        if (loop.stats().state() == LoopStats.State.NEW) {
            return;
        }
        try {
            endpoint.start();
        } catch (UncheckedIOException e) {
            throw BindFailure.explain(definition, transport(), settings.address(), e);
        }
    }

    @Override
    public boolean isOpen() {
        return endpoint.isOpen();
    }

    @Override
    public String describe() {
        String what = "Mill-IO server '" + definition.name() + "' ";
        if (!isOpen()) {
            return what + "will listen when its loop, the application's own '" + loop.name()
                    + "', is started; the starter does not do that";
        }
        return what + "listening on udp "
                + Addresses.describe(
                        endpoint.localAddress(), TcpEndpoint.token(definition), TcpEndpoint.dispatch(settings, loop));
    }

    @Override
    public CompletionStage<DrainReport> drain(Duration timeout) {
        return isOpen() ? endpoint.shutdown(timeout) : CompletableFuture.completedFuture(DrainLog.NOTHING);
    }

    @Override
    public void close() {
        CompletionStage<DrainReport> unused = drain(Duration.ZERO);
    }

    @Override
    public String transport() {
        return "udp";
    }

    @Override
    public SocketAddress localAddress() {
        return endpoint.localAddress();
    }
}
