package io.millio.spring.boot.context;

import io.millio.net.Framing;
import io.millio.net.TcpServer;
import java.util.List;

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

    @Override
    public void applyTo(ServerDefinition definition, TcpServer.Builder builder) {
        MethodService service = new MethodService(
                instances,
                handler,
                ordered,
                own,
                advices.stream()
                        .filter(advice -> advice.isFor(definition.name()))
                        .toList(),
                observer);
        builder.handlerFactory(() -> new MethodConnection(definition.name(), service));
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
