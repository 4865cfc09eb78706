package io.millio.spring.boot.actuate;

import io.millio.net.ServerStats;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Whether a server listens; OUT_OF_SERVICE if not, as in a drain. For any thread. */
final class ServerHealthIndicator extends AbstractHealthIndicator {
    private final ObservedServer server;

    ServerHealthIndicator(ObservedServer server) {
        super("the server '" + server.name() + "' cannot be looked at");
        this.server = server;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        if (server.listening().getAsBoolean()) {
            builder.up();
        } else {
            builder.outOfService();
        }
        server.address().get().ifPresent(address -> builder.withDetail("address", address));
        server.tcp().get().ifPresent(tcp -> {
            ServerStats stats = tcp.stats();
            builder.withDetail("connections", stats.active())
                    .withDetail("maxConnections", stats.maxConnections())
                    .withDetail("acceptingPaused", tcp.isAcceptingPaused());
        });
    }
}
