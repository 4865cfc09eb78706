package io.millio.spring.boot.autoconfigure;

import io.millio.spring.boot.context.JacksonPayloadConverter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.json.JsonMapper;

/** JSON for the methods of handlers where Jackson 3 is on the class path. Used by the thread that refreshes the context. */
@AutoConfiguration(afterName = "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration")
@ConditionalOnClass(JsonMapper.class)
@ConditionalOnBooleanProperty(name = "mill.enabled", matchIfMissing = true)
public final class MillJacksonAutoConfiguration {
    /** Last, for it takes every type. */
    @Bean
    @ConditionalOnMissingBean
    @Order(Ordered.LOWEST_PRECEDENCE)
    JacksonPayloadConverter millJacksonPayloadConverter(ObjectProvider<JsonMapper> mapper) {
        return new JacksonPayloadConverter(mapper.getIfUnique(JsonMapper::shared));
    }
}
