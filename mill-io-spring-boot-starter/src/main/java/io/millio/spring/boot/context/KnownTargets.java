package io.millio.spring.boot.context;

import io.millio.loop.Token;
import io.millio.spring.boot.annotation.MillHandler;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a handler can be for: the configured servers and the channel factories by bean name. Immutable. Its text lists them all,
 * for the messages of handlers that fit none.
 */
record KnownTargets(List<ServerDefinition> servers, Map<String, MillChannelFactory> channels) {
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
        if (servers.isEmpty() && channels.isEmpty()) {
            return "No server is configured below mill.servers.";
        }
        return Stream.concat(
                        servers.stream().map(KnownTargets::describe),
                        channels.entrySet().stream()
                                .map(channel -> "channel of bean '" + channel.getKey() + "' (token "
                                        + channel.getValue().token().value() + ")"))
                .collect(Collectors.joining(", ", "Known: ", "."));
    }

    private static String describe(ServerDefinition server) {
        Token token = server.token();
        String with =
                token == null ? "no " + server.property("token") : server.property("token") + " = " + token.value();
        return "server '" + server.name() + "' (" + with + (server.settings() == null ? ", disabled)" : ")");
    }
}
