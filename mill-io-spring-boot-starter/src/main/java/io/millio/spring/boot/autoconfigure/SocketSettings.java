package io.millio.spring.boot.autoconfigure;

import io.millio.net.SocketOptions;
import io.millio.spring.boot.context.ServerDefinition;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The {@code socket.*} keys of a server; used by the thread that refreshes the context. Each is handed to the builder by itself,
 * which asks the platform, so that an option which that does not have is known by its property.
 */
final class SocketSettings {
    private final String server;
    private final MillProperties.Socket keys;
    private final Consumer<SocketOptions> target;
    private SocketOptions options = SocketOptions.defaults();

    SocketSettings(String server, MillProperties.Socket keys, Consumer<SocketOptions> target) {
        this.server = server;
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
        return ServerDefinition.property(server, "socket." + key);
    }
}
