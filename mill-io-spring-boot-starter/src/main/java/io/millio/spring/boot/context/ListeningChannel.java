package io.millio.spring.boot.context;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;

/** Opens and binds the listening channel of a server without connections; used by the thread that runs the lifecycle. */
final class ListeningChannel {
    private ListeningChannel() {}

    static SelectableChannel open(ServerDefinition server, ServerDefinition.Settings settings) {
        try {
            return bind(settings);
        } catch (IOException e) {
            throw BindFailure.explain(
                    server,
                    "tcp",
                    settings.address(),
                    new UncheckedIOException("server '" + server.name() + "' cannot listen: " + e.getMessage(), e));
        }
    }

    private static ServerSocketChannel bind(ServerDefinition.Settings settings) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return channel.bind(settings.address(), settings.backlog());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
