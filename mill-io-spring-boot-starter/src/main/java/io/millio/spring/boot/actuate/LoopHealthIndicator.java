package io.millio.spring.boot.actuate;

import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.loop.LoopStats.ReactorStats;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Whether the reactors of a loop come back to their selectors; DOWN if one has been held up for longer than the bound. For any
 * thread.
 */
final class LoopHealthIndicator extends AbstractHealthIndicator {
    private final EventLoop loop;
    private final Duration bound;

    /**
     * @param bound zero for none
     */
    LoopHealthIndicator(EventLoop loop, Duration bound) {
        super("the event loop '" + loop.name() + "' cannot be looked at");
        this.loop = loop;
        this.bound = bound;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        LoopStats stats = loop.stats();
        Duration longest = stats.reactors().stream()
                .map(ReactorStats::turn)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        List<Integer> blocked = IntStream.range(0, stats.reactors().size())
                .filter(i -> isBlocked(stats.reactors().get(i)))
                .boxed()
                .toList();
        if (!blocked.isEmpty()) {
            builder.down().withDetail("blockedReactors", blocked).withDetail("blockedFor", longest.toString());
        } else if (stats.state() == LoopStats.State.RUNNING) {
            builder.up();
        } else {
            builder.outOfService();
        }
        builder.withDetail("state", stats.state())
                .withDetail("reactors", stats.reactors().size());
    }

    private boolean isBlocked(ReactorStats reactor) {
        return !bound.isZero() && reactor.turn().compareTo(bound) > 0;
    }
}
