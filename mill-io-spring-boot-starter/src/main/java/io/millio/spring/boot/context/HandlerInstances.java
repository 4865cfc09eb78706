package io.millio.spring.boot.context;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Where connections get the bean that serves them: the one that they share, or one of their own where the bean's scope is not
 * singleton. For any thread.
 */
final class HandlerInstances {
    private final ConfigurableListableBeanFactory beans;
    private final String bean;
    private final @Nullable Object shared;

    HandlerInstances(ConfigurableListableBeanFactory beans, String bean) {
        this.beans = beans;
        this.bean = bean;
        this.shared = beans.isSingleton(bean) ? beans.getBean(bean) : null;
    }

    /** The shared bean, or null if there is none. */
    @Nullable
    Object shared() {
        return shared;
    }

    /** For a new connection; may be slow if the bean is not shared. */
    Object get() {
        return shared == null ? beans.getBean(bean) : shared;
    }

    /** The connection is closed. */
    void release(Object instance) {
        if (shared == null) {
            beans.destroyBean(bean, instance);
        }
    }
}
