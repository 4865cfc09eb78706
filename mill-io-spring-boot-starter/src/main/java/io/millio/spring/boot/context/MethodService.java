package io.millio.spring.boot.context;

import io.millio.net.Framing;
import io.millio.net.TcpServer;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A method of a bean as the handler of a server, with what else its bean and the advice beans have to say to its connections.
 * Immutable, for any thread.
 *
 * @param ordered whether replies that come later keep the order of the requests
 */
record MethodService(
        HandlerInstances instances,
        BeanMethod handler,
        boolean ordered,
        Callbacks own,
        List<Advice> advices,
        CallObserver observer)
        implements ConnectionSource {
    MethodService {
        advices = List.copyOf(advices);
    }

    /** With the advice for one server alone. */
    MethodService of(ServerDefinition server) {
        return new MethodService(
                instances,
                handler,
                ordered,
                own,
                advices.stream().filter(advice -> advice.isFor(server.name())).toList(),
                observer);
    }

    @Override
    public void applyTo(ServerDefinition definition, TcpServer.Builder builder) {
        MethodService service = of(definition);
        builder.handlerFactory(() -> new MethodConnection(definition.name(), service));
    }

    /**
     * What an exception handler has to send instead; without one the exception goes on.
     *
     * @param instance null if the bean itself was not to be had
     */
    @Nullable
    ByteBuffer recover(@Nullable Object instance, Call call, Throwable thrown) {
        boolean withConnection = call.connection() != null;
        BeanMethod mine = own.exceptions().find(thrown, withConnection);
        if (mine != null && instance != null) {
            return recover(instance, mine, call, thrown);
        }
        for (Advice advice : advices) {
            BeanMethod other = advice.callbacks().exceptions().find(thrown, withConnection);
            if (other != null) {
                return recover(advice.bean(), other, call, thrown);
            }
        }
        throw Thrown.<RuntimeException>as(thrown);
    }

    private static @Nullable ByteBuffer recover(Object bean, BeanMethod method, Call call, Throwable thrown) {
        try {
            return method.reply(method.call(bean, call.failed(thrown)));
        } catch (Throwable t) {
            if (t != thrown) {
                t.addSuppressed(thrown);
            }
            throw Thrown.<RuntimeException>as(t);
        }
    }

    @Override
    public void check(ServerDefinition definition, TcpServer built) {
        if (handler.needsFrames() && built.framing() == Framing.none()) {
            throw new MillStartException(
                    "The @MillHandler " + handler + " takes whole messages, but server '" + definition.name()
                            + "' has no framing, so it would get them cut wherever the network cuts them.",
                    "Set " + definition.property("framing.type")
                            + " to what the protocol has, line for instance, or take a ByteBuffer or byte[] and look for the"
                            + " messages yourself.");
        }
    }
}
