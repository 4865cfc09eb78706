package io.millio.spring.boot.context;

import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.net.UdpEndpoint;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A UDP endpoint whose datagrams go to a handler bean; threads as {@link Endpoint} says. */
final class DatagramEndpoint extends BuiltEndpoint {
    private final UdpEndpoint endpoint;

    /**
     * @param builder the settings'
     * @param ownsLoop whether the context starts the loop
     */
    DatagramEndpoint(
            ServerDefinition definition,
            ServerDefinition.Settings settings,
            UdpEndpoint.Builder builder,
            EventLoop loop,
            boolean ownsLoop,
            HandlerBean handler,
            List<UdpEndpointCustomizer> customizers) {
        super(definition, settings, loop);
        builder.handler(handler.datagramHandler());
        customizers.forEach(customizer -> customizer.customize(definition.name(), builder));
        this.endpoint = build(definition, UdpEndpointCustomizer.class, builder::build);
        if (ownsLoop) {
            openAfterItsLoop();
        }
    }

    UdpEndpoint endpoint() {
        return endpoint;
    }

    @Override
    void start() {
        endpoint.start();
    }

    @Override
    CompletionStage<DrainReport> shutdown(Duration timeout) {
        return endpoint.shutdown(timeout);
    }

    @Override
    void closeForGood() {
        endpoint.close();
    }

    @Override
    public boolean isOpen() {
        return endpoint.isOpen();
    }

    @Override
    public SocketAddress localAddress() {
        return endpoint.localAddress();
    }
}
