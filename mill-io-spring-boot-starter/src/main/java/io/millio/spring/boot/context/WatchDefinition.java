package io.millio.spring.boot.context;

import io.millio.loop.Token;
import io.millio.watch.FileWatch;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of one file watch, checked, and without its handler. The builder belongs to the thread
 * that refreshes the context.
 *
 * @param name the key below {@code mill.watches}
 * @param token the configured token
 * @param builder has everything but the handler
 */
public record WatchDefinition(String name, @Nullable Token token, FileWatch.Builder builder) {
    /** The name of a property of this watch, to be quoted in messages. */
    public String property(String key) {
        return property(name, key);
    }

    /** The name of a property of a watch, to be quoted in messages. */
    public static String property(String watch, String key) {
        return ServerDefinition.property("mill.watches", watch, key);
    }
}
