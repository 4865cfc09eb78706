package io.millio.spring.boot.autoconfigure;

import java.time.Duration;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** How long a drain may take beside Spring's own time-out for a phase of the shutdown; stateless. */
final class ShutdownTimeout {
    private static final Log LOG = LogFactory.getLog(MillAutoConfiguration.class);
    private static final String PROPERTY = "mill.shutdown.timeout";
    private static final String DELAY_PROPERTY = "mill.shutdown.pre-drain-delay";
    private static final String PHASE_PROPERTY = "spring.lifecycle.timeout-per-shutdown-phase";
    private static final Duration DEFAULT_PHASE = Duration.ofSeconds(30);
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private ShutdownTimeout() {}

    /**
     * @param delay what passes of the same phase before the drain begins
     */
    static Duration resolve(@Nullable Duration configured, Duration delay, Environment environment) {
        Duration phase =
                Binder.get(environment).bind(PHASE_PROPERTY, Duration.class).orElseGet(() -> DEFAULT_PHASE);
        if (configured == null) {
            Duration left = phase.minus(Checked.notNegative(DELAY_PROPERTY, delay));
            if (left.compareTo(Duration.ZERO) <= 0) {
                throw Checked.invalid(
                        DELAY_PROPERTY, delay, "it leaves no time for a drain; " + PHASE_PROPERTY + " is " + phase);
            }
            Duration half = left.dividedBy(2);
            return half.compareTo(MARGIN) < 0 ? half : left.minus(MARGIN);
        }
        if (configured.isNegative()) {
            throw Checked.invalid(PROPERTY, configured, "it must not be negative; 0 cuts everything at once");
        }
        Duration all = configured.plus(Checked.notNegative(DELAY_PROPERTY, delay));
        if (all.compareTo(phase) >= 0) {
            LOG.warn(PROPERTY + " is " + configured + (delay.isZero() ? "" : ", " + DELAY_PROPERTY + " " + delay)
                    + " and " + PHASE_PROPERTY + " only " + phase
                    + ": the context goes on without waiting for the end of the drain; make the second one longer");
        }
        return configured;
    }
}
