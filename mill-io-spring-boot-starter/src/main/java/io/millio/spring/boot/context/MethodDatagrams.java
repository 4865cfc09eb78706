package io.millio.spring.boot.context;

import io.millio.loop.EventLoop;
import io.millio.net.CloseReason;
import io.millio.net.DatagramHandler;
import io.millio.net.UdpEndpoint;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of a server whose handler is a method. Called as the endpoint calls its handler; a stage's reply is sent by the thread
 * that ends the stage, for an endpoint has no order to keep and no connection to close.
 */
final class MethodDatagrams implements DatagramHandler {
    static final int LIMIT = 1024;

    private final String server;
    private final MethodService service;
    private final EventLoop loop;
    private final AtomicInteger outstanding = new AtomicInteger();

    /** Written by callbacks, read by whoever ends a stage. */
    private volatile @Nullable Object bean;

    /**
     * @param loop told what nobody handles and is thrown outside the endpoint's callbacks
     */
    MethodDatagrams(String server, MethodService service, EventLoop loop) {
        this.server = server;
        this.service = service;
        this.loop = loop;
    }

    @Override
    public void onOpen(UdpEndpoint endpoint) {
        bean = service.instances().get();
    }

    @Override
    public void onDatagram(UdpEndpoint endpoint, SocketAddress sender, ByteBuffer data, boolean truncated) {
        Call call = Call.of(endpoint, sender, data);
        CallObserver.Observed observed =
                service.observer().begin(server, service.handler().shortName());
        CompletionStage<?> stage = null;
        try {
            if (truncated) {
                throw new IllegalArgumentException("a datagram from " + sender + " to server '" + server
                        + "' was longer than the " + data.remaining() + " bytes that it takes; raise maxDatagram");
            }
            stage = answer(call);
        } catch (Throwable t) {
            observed.failed(t);
            send(call, service.recover(bean, call, t));
        } finally {
            observed.left();
            if (stage == null) {
                observed.ended();
            }
        }
        if (stage != null) {
            outstanding.incrementAndGet();
            CompletionStage<?> unused = stage.whenComplete((value, error) -> settle(call, observed, value, error));
        }
    }

    /** Returns the stage of an answer that is still to come. */
    private @Nullable CompletionStage<?> answer(Call call) throws Throwable {
        Object instance = bean;
        if (instance == null) {
            throw new IllegalStateException("server '" + server + "' has no handler, for its bean could not be made");
        }
        if (outstanding.get() >= LIMIT) {
            throw new RejectedExecutionException(LIMIT + " replies of server '" + server
                    + "' are under way; give their stages a time-out, or make them end earlier");
        }
        Object result = service.handler().call(instance, call);
        if (service.handler().isAsync()) {
            return (CompletionStage<?>) result;
        }
        send(call, service.handler().reply(result));
        return null;
    }

    /** Any thread. */
    private void settle(Call call, CallObserver.Observed observed, @Nullable Object value, @Nullable Throwable error) {
        outstanding.decrementAndGet();
        try {
            if (error != null) {
                throw Thrown.cause(error);
            }
            send(call, service.handler().reply(value));
        } catch (Throwable t) {
            observed.failed(t);
            recoverLate(call, t);
        } finally {
            observed.ended();
        }
    }

    private void recoverLate(Call call, Throwable thrown) {
        try {
            send(call, service.recover(bean, call, thrown));
        } catch (Throwable t) {
            loop.execute(() -> {
                throw Thrown.<RuntimeException>as(t);
            });
        }
    }

    /** What is refused for want of room is counted by the endpoint; what is too long for a datagram is thrown. */
    private static void send(Call call, @Nullable ByteBuffer reply) {
        UdpEndpoint endpoint = call.endpoint();
        if (reply != null && endpoint != null) {
            endpoint.send(call.peer(), reply);
        }
    }

    @Override
    public void onClose(UdpEndpoint endpoint, CloseReason reason) {
        Object instance = bean;
        bean = null;
        if (instance != null) {
            service.instances().release(instance);
        }
    }
}
