package io.millio.spring.boot.autoconfigure;

import io.millio.spring.boot.actuate.MillHealth;
import io.millio.spring.boot.actuate.Observed;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.context.annotation.Bean;

/** The health of loops and servers where health is shown. Used by the thread that refreshes the context. */
@AutoConfiguration(after = MillAutoConfiguration.class)
@ConditionalOnClass({CompositeHealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Observed.class)
@ConditionalOnEnabledHealthIndicator("mill")
public final class MillHealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = {"millHealthIndicator", "millHealthContributor"})
    CompositeHealthContributor millHealthContributor(Observed observed, MillProperties properties) {
        return MillHealth.of(
                observed,
                Checked.notNegative(
                        "mill.health.stall-bound", properties.health().stallBound()));
    }
}
