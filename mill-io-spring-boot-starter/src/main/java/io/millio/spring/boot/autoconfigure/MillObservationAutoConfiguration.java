package io.millio.spring.boot.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import io.millio.spring.boot.context.CallObserver;
import io.millio.spring.boot.context.HandlerObservations;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Observations of calls of handler methods, where they are wanted and kept. Used by the thread that refreshes the context. */
@AutoConfiguration(
        after = MillAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBooleanProperty("mill.observation.enabled")
@ConditionalOnBean({ObservationRegistry.class, MillProperties.class})
public final class MillObservationAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(CallObserver.class)
    HandlerObservations millHandlerObservations(ObservationRegistry registry) {
        return new HandlerObservations(registry);
    }
}
