package io.millio.spring.boot.context;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One connection of a server whose handler is a method. Called as the connection calls its handler. */
final class MethodConnection implements ConnectionHandler {
    private final String server;
    private final MethodService service;
    private @Nullable Object bean;
    private @Nullable Replies replies;

    MethodConnection(String server, MethodService service) {
        this.server = server;
        this.service = service;
    }

    @Override
    public void onOpen(Connection connection) {
        Object instance = service.instances().get();
        bean = instance;
        if (service.handler().isAsync()) {
            replies = new Replies(connection, service.handler(), service.ordered(), this::recover);
        }
        for (Advice advice : service.advices()) {
            greet(connection, advice.bean(), advice.callbacks().opens());
        }
        greet(connection, instance, service.own().opens());
    }

    private void greet(Connection connection, Object instance, List<BeanMethod> opens) {
        for (BeanMethod open : opens) {
            ByteBuffer greeting;
            try {
                greeting = open.reply(open.call(instance, Call.of(connection)));
            } catch (Throwable t) {
                greeting = recover(connection, t);
            }
            send(connection, greeting);
        }
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        Replies later = replies;
        if (later == null) {
            send(connection, answer(connection, data));
        } else {
            answerLater(later, connection, data);
        }
    }

    private @Nullable ByteBuffer answer(Connection connection, ByteBuffer data) {
        CallObserver.Observed call = observe();
        try {
            return service.handler().reply(invoke(connection, data));
        } catch (Throwable t) {
            call.failed(t);
            return recover(connection, t);
        } finally {
            call.left();
            call.ended();
        }
    }

    private void answerLater(Replies later, Connection connection, ByteBuffer data) {
        CallObserver.Observed call = observe();
        Replies.Pending pending = later.begin(call);
        CompletionStage<?> stage;
        try {
            stage = begin(connection, data, call);
        } catch (Throwable t) {
            pending.refuse(t);
            return;
        }
        if (stage == null) {
            pending.settle(null, null);
        } else {
            CompletionStage<?> unused = stage.whenComplete(pending::settle);
        }
    }

    private @Nullable CompletionStage<?> begin(Connection connection, ByteBuffer data, CallObserver.Observed call)
            throws Throwable {
        try {
            return (CompletionStage<?>) invoke(connection, data);
        } finally {
            call.left();
        }
    }

    private CallObserver.Observed observe() {
        return service.observer().begin(server, service.handler().shortName());
    }

    private @Nullable Object invoke(Connection connection, ByteBuffer data) throws Throwable {
        Object instance = bean;
        if (instance == null) {
            throw new IllegalStateException("a connection that was never opened has no handler");
        }
        return service.handler().call(instance, Call.of(connection, data));
    }

    static void send(Connection connection, @Nullable ByteBuffer reply) {
        if (reply != null) {
            // Refused, it ends the connection, and there is nobody to tell but onClose.
            connection.writeFrame(reply);
        }
    }

    private @Nullable ByteBuffer recover(Connection connection, Throwable thrown) {
        return service.recover(bean, Call.of(connection), thrown);
    }

    @Override
    public void onClose(Connection connection, CloseReason reason) {
        Object instance = bean;
        if (instance == null) {
            return;
        }
        Thrown first = new Thrown();
        Call call = Call.of(connection, reason);
        service.own().closes().forEach(close -> first.run(() -> close.call(instance, call)));
        for (Advice advice : service.advices()) {
            advice.callbacks().closes().forEach(close -> first.run(() -> close.call(advice.bean(), call)));
        }
        first.run(() -> service.instances().release(instance));
        first.rethrow();
    }
}
