package io.millio.spring.boot.autoconfigure;

import io.millio.net.SocketOptions;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The {@code socket.*} keys of a server; used by the thread that refreshes the context. Each is handed to the builder by itself,
 * which asks the platform, so that an option which that does not have is known by its property.
 */
final class SocketSettings {
    private final UnaryOperator<String> property;
    private final MillProperties.Socket keys;
    private final Consumer<SocketOptions> target;
    private SocketOptions options = SocketOptions.defaults();

    SocketSettings(UnaryOperator<String> property, MillProperties.Socket keys, Consumer<SocketOptions> target) {
        this.property = property;
        this.keys = keys;
        this.target = target;
    }

    void apply() {
        set("no-delay", keys.noDelay(), on -> options.noDelay(on));
        set("keep-alive", keys.keepAlive(), on -> options.keepAlive(on));
        set("keep-idle", keys.keepIdle(), time -> options.keepIdle(time));
        set("keep-interval", keys.keepInterval(), time -> options.keepInterval(time));
        set("keep-count", keys.keepCount(), count -> options.keepCount(count));
        set("reuse-port", keys.reusePort(), on -> options.reusePort(on));
        set("send-buffer", Checked.bytes(property("send-buffer"), keys.sendBuffer()), size -> options.sendBuffer(size));
        set(
                "receive-buffer",
                Checked.bytes(property("receive-buffer"), keys.receiveBuffer()),
                size -> options.receiveBuffer(size));
        set("linger", keys.linger(), time -> options.linger(time));
    }

    private <T> void set(String key, @Nullable T value, Function<T, SocketOptions> change) {
        Checked.set(property(key), value, given -> {
            options = change.apply(given);
            target.accept(options);
        });
    }

    private String property(String key) {
        return property.apply("socket." + key);
    }
}
