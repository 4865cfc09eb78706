package io.millio.spring.boot.context;

import io.millio.loop.EventHandler;
import io.millio.loop.Token;
import io.millio.net.ConnectionHandler;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;

/**
 * A bean that carries {@code @MillHandler}, proxied or not. Immutable, used by the thread that refreshes the context.
 *
 * @param name the bean's name
 * @param bean a {@link ConnectionHandler} or an {@link EventHandler}
 * @param server the server it names, or null
 * @param token the token it names, or null; one of both is given
 */
record HandlerBean(
        String name,
        Object bean,
        @Nullable String server,
        @Nullable Token token) {
    boolean isRaw() {
        return bean instanceof EventHandler;
    }

    ConnectionHandler connectionHandler() {
        return (ConnectionHandler) bean;
    }

    EventHandler eventHandler() {
        return (EventHandler) bean;
    }

    @Override
    public String toString() {
        return "bean '" + name + "' (" + AopUtils.getTargetClass(bean).getName() + ")";
    }
}
