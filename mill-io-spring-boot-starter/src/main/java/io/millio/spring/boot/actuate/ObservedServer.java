package io.millio.spring.boot.actuate;

import io.millio.net.TcpServer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A configured server as operators see it; for any thread.
 *
 * @param name the key below {@code mill.servers}
 * @param listening whether its port is open now
 * @param address where it listens now, or nothing
 * @param tcp the server itself; nothing as long as it is not built, and if its handler gets bare readiness
 */
public record ObservedServer(
        String name,
        BooleanSupplier listening,
        Supplier<Optional<String>> address,
        Supplier<Optional<TcpServer>> tcp) {}
