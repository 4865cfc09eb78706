package io.millio.spring.boot.context;

import io.millio.loop.Token;
import io.millio.spring.boot.annotation.MillHandler;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a handler can be for: the configured servers and file watches, and the channel factories by bean name. Immutable. Its text lists them all,
 * for the messages of handlers that fit none.
 */
record KnownTargets(
        List<ServerDefinition> servers, List<WatchDefinition> watches, Map<String, MillChannelFactory> channels) {
    Optional<ServerDefinition> server(String name) {
        return servers.stream().filter(server -> server.name().equals(name)).findFirst();
    }

    Optional<ServerDefinition> server(Token token) {
        return servers.stream().filter(server -> token.equals(server.token())).findFirst();
    }

    /** The server that an annotation names, if it names one that there is. */
    Optional<ServerDefinition> server(MillHandler annotation) {
        return annotation.server().isEmpty()
                ? annotation.token() < 0 ? Optional.empty() : server(Token.of(annotation.token()))
                : server(annotation.server());
    }

    /** The name of the channel factory's bean. */
    Optional<String> channel(Token token) {
        return channels.entrySet().stream()
                .filter(entry -> entry.getValue().token().equals(token))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    @Override
    public String toString() {
        if (servers.isEmpty() && watches.isEmpty() && channels.isEmpty()) {
            return "No server is configured below mill.servers.";
        }
        return Stream.of(
                        servers.stream().map(KnownTargets::describe),
                        watches.stream().map(KnownTargets::describe),
                        channels.entrySet().stream()
                                .map(channel -> "channel of bean '" + channel.getKey() + "' (token "
                                        + channel.getValue().token().value() + ")"))
                .flatMap(each -> each)
                .collect(Collectors.joining(", ", "Known: ", "."));
    }

    private static String describe(ServerDefinition server) {
        return "server '" + server.name() + "' (" + token(server.property("token"), server.token())
                + (server.settings() == null ? ", disabled)" : ")");
    }

    private static String describe(WatchDefinition watch) {
        return "watch '" + watch.name() + "' (" + token(watch.property("token"), watch.token()) + ")";
    }

    private static String token(String property, @Nullable Token token) {
        return token == null ? "no " + property : property + " = " + token.value();
    }
}
