package io.millio.spring.boot.actuate;

import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A configured server as operators see it; for any thread.
 *
 * @param name the key below {@code mill.servers}
 * @param listening whether its port is open now
 * @param address where it listens now, or nothing
 * @param tcp the server itself; nothing as long as it is not built, and if it has no connections
 * @param udp the endpoint itself; nothing as long as it is not built, and if it is not for datagrams
 */
public record ObservedServer(
        String name,
        BooleanSupplier listening,
        Supplier<Optional<String>> address,
        Supplier<Optional<TcpServer>> tcp,
        Supplier<Optional<UdpEndpoint>> udp) {}
