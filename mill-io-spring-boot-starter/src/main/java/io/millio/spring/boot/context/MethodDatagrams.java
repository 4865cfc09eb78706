package io.millio.spring.boot.context;

import io.millio.net.CloseReason;
import io.millio.net.DatagramHandler;
import io.millio.net.UdpEndpoint;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of a server whose handler is a method. Called as the endpoint calls its handler, and so are the replies of stages sent:
 * whoever ends a stage makes the bytes of its reply, which then has its turn among the calls.
 */
final class MethodDatagrams implements DatagramHandler {
    static final int LIMIT = 1024;

    private final String server;
    private final MethodService service;
    private @Nullable Object bean;

    /** Of this life of the endpoint. */
    private int outstanding;

    MethodDatagrams(String server, MethodService service) {
        this.server = server;
        this.service = service;
    }

    @Override
    public void onOpen(UdpEndpoint endpoint) {
        outstanding = 0;
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
            endpoint.deliver(
                    stage.handle((value, error) -> reply(observed, value, error)),
                    (reply, error) -> settle(call, reply, error));
            outstanding++;
        }
    }

    /** Returns the stage of an answer that is still to come. */
    private @Nullable CompletionStage<?> answer(Call call) throws Throwable {
        Object instance = bean;
        if (instance == null) {
            throw new IllegalStateException("server '" + server + "' has no handler, for its bean could not be made");
        }
        if (outstanding >= LIMIT) {
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

    /** Any thread; the call ends here and not with the sending, for that is left out if the endpoint is closed. */
    private @Nullable ByteBuffer reply(
            CallObserver.Observed observed, @Nullable Object value, @Nullable Throwable error) {
        try {
            if (error != null) {
                throw Thrown.cause(error);
            }
            return service.handler().reply(value);
        } catch (Throwable t) {
            observed.failed(t);
            throw Thrown.<RuntimeException>as(t);
        } finally {
            observed.ended();
        }
    }

    private void settle(Call call, @Nullable ByteBuffer reply, @Nullable Throwable error) {
        outstanding--;
        try {
            if (error != null) {
                throw error;
            }
            send(call, reply);
        } catch (Throwable t) {
            send(call, service.recover(bean, call, t));
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
