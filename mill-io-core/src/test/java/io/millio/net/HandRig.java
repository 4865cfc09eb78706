package io.millio.net;

import io.millio.internal.LoopAccess;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

/** Connections without sockets or threads: the test is reactor, workers and network in one, and so decides every order of events. */
final class HandRig implements AutoCloseable {
    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final EventLoop loop;
    private final StreamOptions options;
    private final Shard shard;
    final HandReactor reactor = new HandReactor();

    HandRig(ConnectionHandler handler, Dispatch dispatch, UnaryOperator<TcpServer.Builder> more) {
        this(EventLoop.builder(), handler, dispatch, more);
    }

    HandRig(
            EventLoop.Builder settings,
            ConnectionHandler handler,
            Dispatch dispatch,
            UnaryOperator<TcpServer.Builder> more) {
        loop = settings.errorListener((source, error) -> errors.add(error)).build();
        options =
                more
                        .apply(TcpServer.builder(loop)
                                .bind("127.0.0.1", 0)
                                .handler(handler)
                                .dispatch(dispatch))
                        .options()
                        .stream();
        shard = new Shard(loop, LoopAccess.of(loop), reactor, options, new StreamCounters(), gone -> {});
    }

    Shard shard() {
        return shard;
    }

    /** Opens a connection; its onOpen is still to be run. */
    StreamConnection open(HandTransport transport) {
        StreamConnection connection = new StreamConnection(
                shard, reactor, transport, options.handlers().get(), options.dispatch());
        connection.open();
        return connection;
    }

    int timers() {
        return loop.stats().reactors().stream()
                .mapToInt(LoopStats.ReactorStats::timersPending)
                .sum();
    }

    List<Throwable> errors() {
        return List.copyOf(errors);
    }

    @Override
    public void close() {
        loop.close();
    }
}
