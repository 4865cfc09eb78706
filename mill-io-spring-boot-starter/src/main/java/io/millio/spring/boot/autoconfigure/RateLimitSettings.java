package io.millio.spring.boot.autoconfigure;

import io.millio.net.RateLimit;
import io.millio.net.TcpServer;
import io.millio.spring.boot.context.ServerDefinition;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** The rate limits of a server, for each connection and for all together; used by the thread that refreshes the context. */
final class RateLimitSettings {
    private static final Duration DEFAULT_BURST = Duration.ofSeconds(1);

    private final String server;
    private final MillProperties.RateLimit keys;

    RateLimitSettings(String server, MillProperties.RateLimit keys) {
        this.server = server;
        this.keys = keys;
    }

    void apply(TcpServer.Builder builder) {
        Duration burst = keys.burst() == null ? DEFAULT_BURST : keys.burst();
        Checked.set(property("burst"), keys.burst(), value -> RateLimit.of(1, 0, value));
        long messages = messages("messages-per-second", keys.messagesPerSecond());
        long bytes = bytes("bytes-per-second", keys.bytesPerSecond());
        long serverMessages = messages("server-messages-per-second", keys.serverMessagesPerSecond());
        long serverBytes = bytes("server-bytes-per-second", keys.serverBytesPerSecond());
        if (keys.burst() != null && messages + bytes + serverMessages + serverBytes == 0) {
            throw Checked.invalid(
                    property("burst"),
                    keys.burst(),
                    "it needs one of the limits beside it to be above 0, such as " + property("messages-per-second"));
        }
        limit(messages, bytes, burst, builder::rateLimit);
        limit(serverMessages, serverBytes, burst, builder::sharedRateLimit);
    }

    private static void limit(long messages, long bytes, Duration burst, Consumer<RateLimit> setter) {
        if (messages + bytes > 0) {
            setter.accept(RateLimit.of(messages, bytes, burst));
        }
    }

    /** The value, 0 if there is none, once the core has found it valid beside another that is. */
    private long messages(String key, @Nullable Long value) {
        Checked.set(property(key), value, perSecond -> RateLimit.of(perSecond, 1, Duration.ZERO));
        return value == null ? 0 : value;
    }

    private long bytes(String key, @Nullable DataSize value) {
        Checked.set(property(key), value, perSecond -> RateLimit.of(1, perSecond.toBytes(), Duration.ZERO));
        return value == null ? 0 : value.toBytes();
    }

    private String property(String key) {
        return ServerDefinition.property(server, "rate-limit." + key);
    }
}
