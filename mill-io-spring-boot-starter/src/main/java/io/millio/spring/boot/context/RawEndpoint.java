package io.millio.spring.boot.context;

import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventHandler;
import io.millio.loop.EventLoop;
import io.millio.loop.Interest;
import io.millio.loop.Registration;
import io.millio.loop.Token;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A channel whose bare readiness goes to a handler bean: opened and registered at each start, closed at each stop. Threads as
 * {@link Endpoint} says; what is open now is guarded by the monitor.
 */
final class RawEndpoint implements Endpoint {
    private final String name;
    private final Supplier<SelectableChannel> opener;
    private final EventLoop loop;
    private final Token token;
    private final Interest interest;
    private final Dispatch dispatch;
    private final EventHandler handler;
    private @Nullable SelectableChannel channel;
    private @Nullable Registration registration;

    private RawEndpoint(
            String name,
            Supplier<SelectableChannel> opener,
            EventLoop loop,
            Token token,
            Interest interest,
            Dispatch dispatch,
            EventHandler handler) {
        this.name = name;
        this.opener = opener;
        this.loop = loop;
        this.token = token;
        this.interest = interest;
        this.dispatch = dispatch;
        this.handler = handler;
    }

    /** The listening channel of a server; its token is there, {@link Bindings} has seen to that. */
    static RawEndpoint server(
            ServerDefinition definition, ServerDefinition.Settings settings, EventLoop loop, HandlerBean handler) {
        Dispatch dispatch = settings.dispatch();
        return new RawEndpoint(
                "server '" + definition.name() + "'",
                () -> ListeningChannel.open(definition, settings),
                loop,
                Objects.requireNonNull(definition.token()),
                Interest.READABLE,
                dispatch == null ? loop.dispatch() : dispatch,
                handler.eventHandler());
    }

    /** A channel of the application's own making. */
    static RawEndpoint channel(String bean, MillChannelFactory factory, EventLoop loop, HandlerBean handler) {
        return new RawEndpoint(
                "channel of bean '" + bean + "'",
                () -> open(bean, factory),
                loop,
                factory.token(),
                factory.interest(),
                loop.dispatch(),
                handler.eventHandler());
    }

    private static SelectableChannel open(String bean, MillChannelFactory factory) {
        try {
            return factory.open();
        } catch (IOException e) {
            throw new MillStartException(
                    "MillChannelFactory bean '" + bean + "' (token "
                            + factory.token().value() + ") cannot open its channel: " + e + ".",
                    "Correct what the factory opens.",
                    e);
        }
    }

    @Override
    public synchronized void open() {
        if (channel != null && channel.isOpen()) {
            return;
        }
        SelectableChannel opened = opener.get();
        try {
            registration = loop.register(opened, token, interest, dispatch, handler);
            channel = opened;
        } catch (IllegalArgumentException e) {
            closeQuietly(opened);
            throw new MillStartException(
                    "The " + name + " cannot be registered: " + e.getMessage() + ".",
                    "Give it a token that nothing else on loop '" + loop.name()
                            + "' uses, and a new channel at each start.",
                    e);
        } catch (RuntimeException | Error e) {
            closeQuietly(opened);
            throw e;
        }
    }

    @Override
    public synchronized boolean isOpen() {
        return registration != null && registration.isOpen();
    }

    @Override
    public String describe() {
        try {
            return "Mill-IO " + name + " listening on " + transport()
                    + (transport().isEmpty() ? "" : " ")
                    + Addresses.describe(localAddress(), token.toString(), "raw", dispatch.name());
        } catch (IllegalStateException unbound) {
            return "Mill-IO " + name + " registered (" + token + ", raw, " + dispatch + ")";
        }
    }

    @Override
    public synchronized String transport() {
        return channel instanceof ServerSocketChannel ? "tcp" : channel instanceof DatagramChannel ? "udp" : "";
    }

    @Override
    public CompletionStage<DrainReport> drain(Duration timeout) {
        close();
        return CompletableFuture.completedFuture(DrainLog.NOTHING);
    }

    @Override
    public synchronized void close() {
        if (registration != null) {
            registration.close();
        }
        if (channel != null) {
            closeQuietly(channel);
        }
    }

    @Override
    public void release() {
        close();
    }

    private static void closeQuietly(SelectableChannel channel) {
        try {
            channel.close();
        } catch (IOException nothingLeftToRelease) {
            // The descriptor is gone either way.
        }
    }

    @Override
    public synchronized SocketAddress localAddress() {
        try {
            if (channel instanceof NetworkChannel network && channel.isOpen()) {
                SocketAddress address = network.getLocalAddress();
                if (address != null) {
                    return address;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the address of the " + name + " cannot be read: " + e, e);
        }
        throw new IllegalStateException("the " + name + " has no address now; is it started?");
    }
}
