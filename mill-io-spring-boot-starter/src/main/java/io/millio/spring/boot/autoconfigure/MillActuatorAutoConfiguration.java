package io.millio.spring.boot.autoconfigure;

import io.millio.spring.boot.actuate.MillEndpoint;
import io.millio.spring.boot.actuate.MillInfoContributor;
import io.millio.spring.boot.actuate.Observed;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The endpoint and the part of {@code info} where Actuator is. Used by the thread that refreshes the context. */
@AutoConfiguration(after = MillAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(Observed.class)
public final class MillActuatorAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    MillEndpoint millEndpoint(Observed observed) {
        return new MillEndpoint(observed);
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnEnabledInfoContributor("mill")
    MillInfoContributor millInfoContributor(Observed observed) {
        return new MillInfoContributor(observed);
    }
}
