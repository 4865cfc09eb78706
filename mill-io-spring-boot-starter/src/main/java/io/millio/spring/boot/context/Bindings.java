package io.millio.spring.boot.context;

import io.millio.loop.Token;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which handler belongs to which server or channel; every one of them has exactly one, or the constructor throws a
 * {@link MillStartException} that says what is missing or too much. Used by the thread that refreshes the context.
 */
final class Bindings {
    private final KnownTargets known;
    private final Map<String, HandlerBean> servers = new HashMap<>();
    private final Map<String, HandlerBean> channels = new HashMap<>();

    Bindings(KnownTargets known, List<HandlerBean> handlers) {
        this.known = known;
        checkTokens();
        handlers.forEach(this::bind);
        known.servers().forEach(this::requireHandler);
        known.channels().forEach(this::requireHandler);
    }

    HandlerBean ofServer(ServerDefinition server) {
        return Objects.requireNonNull(servers.get(server.name()));
    }

    HandlerBean ofChannel(String factory) {
        return Objects.requireNonNull(channels.get(factory));
    }

    private void checkTokens() {
        Map<Token, String> holders = new HashMap<>();
        for (ServerDefinition server : known.servers()) {
            if (server.token() != null) {
                claim(holders, server.token(), "server '" + server.name() + "' (" + server.property("token") + ")");
            }
        }
        for (WatchDefinition watch : known.watches()) {
            if (watch.token() != null) {
                claim(holders, watch.token(), "watch '" + watch.name() + "' (" + watch.property("token") + ")");
            }
        }
        known.channels()
                .forEach((bean, factory) -> claim(holders, factory.token(), "MillChannelFactory bean '" + bean + "'"));
    }

    private static void claim(Map<Token, String> holders, Token token, String holder) {
        String other = holders.putIfAbsent(token, holder);
        if (other != null) {
            throw new MillStartException(
                    "Token " + token.value() + " is used twice, by " + other + " and by " + holder + ".",
                    "Give each of them a token of its own.");
        }
    }

    private void bind(HandlerBean handler) {
        String name = handler.server();
        Token token = handler.token();
        if (name != null) {
            ServerDefinition server = known.server(name).orElseThrow(() -> unknownServer(handler, name));
            if (token != null && !token.equals(server.token())) {
                throw new MillStartException(
                        "The @MillHandler " + handler + " names server '" + name + "' and token " + token.value()
                                + ", which are not the same. " + known,
                        "Name only the server, or set " + server.property("token") + "=" + token.value() + ".");
            }
            bind(server, handler);
        } else if (token != null) {
            bind(token, handler);
        }
    }

    private void bind(Token token, HandlerBean handler) {
        ServerDefinition server = known.server(token).orElse(null);
        if (server != null) {
            bind(server, handler);
            return;
        }
        String factory = known.channel(token).orElseThrow(() -> unknownToken(handler, token));
        if (!handler.isRaw()) {
            String kind = handler.datagrams() == null ? "connections" : "datagrams";
            throw new MillStartException(
                    "The @MillHandler " + handler + " is for " + kind + ", but token " + token.value()
                            + " is the channel of MillChannelFactory bean '" + factory
                            + "', of which only the readiness is told.",
                    "Implement EventHandler, or name a server.");
        }
        add(channels, factory, "The channel of MillChannelFactory bean '" + factory + "'", handler);
    }

    private void bind(ServerDefinition server, HandlerBean handler) {
        server.enabled().ifPresent(settings -> {
            checkKind(server, settings, handler);
            if (handler.isRaw()) {
                checkRaw(server, settings, handler);
            }
        });
        add(servers, server.name(), "Server '" + server.name() + "'", handler);
    }

    private static void add(Map<String, HandlerBean> bound, String key, String what, HandlerBean handler) {
        HandlerBean other = bound.putIfAbsent(key, handler);
        if (other != null) {
            throw new MillStartException(
                    what + " has two handlers: " + other + " and " + handler + ".",
                    "Keep one of them, or give each a server and a token of its own.");
        }
    }

    private static void checkKind(ServerDefinition server, ServerDefinition.Settings settings, HandlerBean handler) {
        boolean datagrams = settings.udp().isPresent();
        if (datagrams != (handler.datagrams() != null)
                || (handler.isRaw() && !settings.transport().equals("tcp"))) {
            throw new MillStartException(
                    "The transport of server '" + server.name() + "' is " + settings.transport()
                            + ", which its handler, " + handler + ", is not for.",
                    "Annotate a method, or implement " + (datagrams ? "DatagramHandler" : "ConnectionHandler")
                            + ", or change " + server.property("transport") + ".");
        }
    }

    private static void checkRaw(ServerDefinition server, ServerDefinition.Settings settings, HandlerBean handler) {
        if (server.token() == null) {
            throw new MillStartException(
                    "Server '" + server.name() + "' has no token, but its handler, " + handler
                            + ", is an EventHandler, and those are registered under one.",
                    "Set " + server.property("token") + " to a number that nothing else uses.");
        }
        if (!settings.connectionKeys().isEmpty()) {
            List<String> names =
                    settings.connectionKeys().stream().map(server::property).toList();
            throw new MillStartException(
                    "The handler of server '" + server.name() + "', " + handler
                            + ", is an EventHandler, which gets the listening channel and makes its own connections, so these"
                            + " properties cannot have an effect: " + String.join(", ", names) + ".",
                    "Remove them, or implement ConnectionHandler instead.");
        }
    }

    private void requireHandler(ServerDefinition server) {
        if (server.settings() != null && !servers.containsKey(server.name())) {
            throw new MillStartException(
                    "Server '" + server.name() + "' has no handler.",
                    "Annotate a method of a bean, or a bean that implements "
                            + (server.datagrams() ? "DatagramHandler" : "ConnectionHandler")
                            + ", with @MillHandler(server = \""
                            + server.name() + "\"), or switch the server off by " + server.property("enabled")
                            + "=false.");
        }
    }

    private void requireHandler(String bean, MillChannelFactory factory) {
        if (!channels.containsKey(bean)) {
            long token = factory.token().value();
            throw new MillStartException(
                    "The channel of MillChannelFactory bean '" + bean + "' (token " + token + ") has no handler.",
                    "Add a bean that implements EventHandler and is annotated with @MillHandler(token = " + token
                            + "), or remove the factory.");
        }
    }

    private MillStartException unknownServer(HandlerBean handler, String name) {
        return new MillStartException(
                "The @MillHandler " + handler + " names server '" + name + "', which is not configured. " + known,
                "Correct the name, or configure the server by " + ServerDefinition.property(name, "port") + ".");
    }

    private MillStartException unknownToken(HandlerBean handler, Token token) {
        return new MillStartException(
                "The @MillHandler " + handler + " names token " + token.value()
                        + ", which no server and no MillChannelFactory has. " + known,
                "Correct the token of the handler, or set the token of its server to " + token.value() + ".");
    }
}
