package io.millio.loop;

import java.nio.channels.SelectableChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which token and which channel belongs to whom. For any thread. A source is its own generation: events carry the source itself
 * and never its token, so a successor under the same token cannot receive its predecessor's.
 */
final class Registry {
    private final Map<Token, Object> holders = new ConcurrentHashMap<>();
    private final Map<SelectableChannel, ChannelRegistration> channels = new ConcurrentHashMap<>();

    /** Enters a source, or throws IllegalArgumentException naming the one that is in its way. */
    void add(Source source) {
        if (source instanceof ChannelRegistration registration) {
            ChannelRegistration other = channels.putIfAbsent(registration.channel(), registration);
            if (other != null) {
                throw new IllegalArgumentException("the channel " + registration.channel()
                        + " is registered already, with " + other.token() + "; close that registration first");
            }
        }
        Object holder = holders.putIfAbsent(source.token(), source);
        if (holder != null) {
            forgetChannel(source);
            throw taken(source.token(), holder);
        }
    }

    void reserve(Token token, String owner) {
        Object holder = holders.putIfAbsent(token, new Reserved(owner));
        if (holder != null) {
            throw taken(token, holder);
        }
    }

    private static IllegalArgumentException taken(Token token, Object holder) {
        return new IllegalArgumentException(
                token + " is taken by " + holder + "; choose another one, or close that one first");
    }

    void release(Token token) {
        holders.computeIfPresent(token, (key, holder) -> holder instanceof Reserved ? null : holder);
    }

    void remove(Source source) {
        holders.remove(source.token(), source);
        forgetChannel(source);
    }

    private void forgetChannel(Source source) {
        if (source instanceof ChannelRegistration registration) {
            channels.remove(registration.channel(), registration);
        }
    }

    /** The source of a token, or null; throws IllegalArgumentException naming the owner if the token is reserved. */
    @Nullable
    Source find(Token token) {
        Object holder = holders.get(token);
        if (holder instanceof Reserved reserved) {
            throw new IllegalArgumentException(
                    token + " is reserved by " + reserved + " and cannot be deregistered; close that instead");
        }
        return (Source) holder;
    }

    List<Source> sources() {
        return holders.values().stream()
                .filter(Source.class::isInstance)
                .map(Source.class::cast)
                .toList();
    }

    private record Reserved(String owner) {
        @Override
        public String toString() {
            return owner;
        }
    }
}
