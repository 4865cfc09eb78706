package io.millio.spring.boot.context;

import io.millio.loop.Interest;
import io.millio.loop.Token;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.util.Objects;

/**
 * A bean that opens a channel for the {@code @MillHandler} of the same token, which then hears of the channel's
 * readiness. Called by the thread that starts the application context's lifecycle, once for each start; the channel is
 * closed at each stop.
 *
 * <pre>{@code
 * @Bean
 * MillChannelFactory pings() {
 *     return MillChannelFactory.of(9, Interest.READABLE, () -> DatagramChannel.open().bind(address));
 * }
 * }</pre>
 */
public interface MillChannelFactory {
    /** The token that the channel is registered with, the same at every call. */
    Token token();

    /** What the handler waits for. */
    default Interest interest() {
        return Interest.READABLE;
    }

    /** Opens a new channel; what it throws fails the start. */
    SelectableChannel open() throws IOException;

    /**
     * A factory from its parts.
     *
     * @param token 0 or greater
     */
    static MillChannelFactory of(long token, Interest interest, ChannelOpener opener) {
        Token checked = Token.of(token);
        Objects.requireNonNull(interest, "interest");
        Objects.requireNonNull(opener, "opener");
        return new MillChannelFactory() {
            @Override
            public Token token() {
                return checked;
            }

            @Override
            public Interest interest() {
                return interest;
            }

            @Override
            public SelectableChannel open() throws IOException {
                return opener.open();
            }
        };
    }

    /** Opens channels: the part of a factory that does the work. */
    @FunctionalInterface
    interface ChannelOpener {
        /** Opens a new channel. */
        SelectableChannel open() throws IOException;
    }
}
