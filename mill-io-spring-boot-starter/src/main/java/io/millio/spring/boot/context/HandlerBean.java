package io.millio.spring.boot.context;

import io.millio.loop.EventHandler;
import io.millio.loop.Token;
import io.millio.net.DatagramHandler;
import io.millio.spring.boot.annotation.MillHandler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bean or method that carries {@code @MillHandler}, proxied or not. Immutable, used by the thread that refreshes the context.
 *
 * @param text what to call it in messages
 * @param server the server it names, or null
 * @param token the token it names, or null; one of both is given
 * @param raw what bare readiness goes to, or null
 * @param datagrams what datagrams go to, or null
 * @param source what connections go to, or null; one of the three is given
 */
record HandlerBean(
        String text,
        @Nullable String server,
        @Nullable Token token,
        @Nullable EventHandler raw,
        @Nullable DatagramHandler datagrams,
        @Nullable ConnectionSource source) {
    /** Checks that the annotation names something. */
    static HandlerBean of(
            String text,
            MillHandler annotation,
            @Nullable EventHandler raw,
            @Nullable DatagramHandler datagrams,
            @Nullable ConnectionSource source,
            KnownTargets known) {
        String server = annotation.server().isEmpty() ? null : annotation.server();
        boolean withToken = annotation.token() != MillHandler.NO_TOKEN;
        if (withToken && annotation.token() < 0) {
            throw new MillStartException(
                    "The @MillHandler " + text + " names token " + annotation.token() + ". " + known,
                    "Use a token of 0 or greater.");
        }
        if (server == null && !withToken) {
            throw new MillStartException(
                    "The @MillHandler " + text + " names neither a server nor a token. " + known,
                    "Name one of them: @MillHandler(server = \"...\") or @MillHandler(token = ...).");
        }
        return new HandlerBean(text, server, withToken ? Token.of(annotation.token()) : null, raw, datagrams, source);
    }

    boolean isRaw() {
        return raw != null;
    }

    EventHandler eventHandler() {
        return Objects.requireNonNull(raw);
    }

    DatagramHandler datagramHandler() {
        return Objects.requireNonNull(datagrams);
    }

    ConnectionSource connections() {
        return Objects.requireNonNull(source);
    }

    @Override
    public String toString() {
        return text;
    }
}
