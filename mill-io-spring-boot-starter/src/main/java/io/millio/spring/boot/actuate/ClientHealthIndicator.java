package io.millio.spring.boot.actuate;

import io.millio.net.pool.PoolStats;
import java.util.function.Supplier;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Whether a client's pool has connections for those who ask; DOWN if some wait, others have waited in vain, and there is not one
 * connection. A client that nobody asks is UP: looking costs the other side nothing. For any thread.
 */
final class ClientHealthIndicator extends AbstractHealthIndicator {
    private final Supplier<PoolStats> source;

    ClientHealthIndicator(String client, Supplier<PoolStats> source) {
        super("the client '" + client + "' cannot be looked at");
        this.source = source;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        PoolStats stats = source.get();
        boolean down = stats.pending() > 0 && stats.timeouts() > 0 && stats.used() + stats.idle() == 0;
        (down ? builder.down() : builder.up())
                .withDetail("used", stats.used())
                .withDetail("idle", stats.idle())
                .withDetail("max", stats.max())
                .withDetail("pending", stats.pending());
    }
}
