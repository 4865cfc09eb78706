package io.millio.spring.boot.context;

import io.millio.loop.EventHandler;
import io.millio.loop.Token;
import io.millio.net.ConnectionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;

/** Finds the beans that carry {@code @MillHandler}; used by the thread that refreshes the context, when all beans exist. */
final class HandlerBeans {
    private final ConfigurableListableBeanFactory beans;
    private final KnownTargets known;

    HandlerBeans(ConfigurableListableBeanFactory beans, KnownTargets known) {
        this.beans = beans;
        this.known = known;
    }

    /** All of them, each checked to be of a type that can handle something and to name something. */
    List<HandlerBean> find() {
        List<HandlerBean> found = new ArrayList<>();
        for (String name : candidates()) {
            Object bean = beans.getBean(name);
            MillHandler annotation = annotation(name, bean);
            if (annotation != null) {
                found.add(handler(name, bean, annotation));
            }
        }
        return found;
    }

    /**
     * A JDK proxy of what a factory method returns hides the annotation of the class behind it from the bean factory, so the
     * beans of suitable types are looked at once more, by their targets.
     */
    private Set<String> candidates() {
        Set<String> names = new LinkedHashSet<>(List.of(beans.getBeanNamesForAnnotation(MillHandler.class)));
        for (Class<?> type : List.of(ConnectionHandler.class, EventHandler.class)) {
            for (String name : beans.getBeanNamesForType(type, false, false)) {
                if (beans.containsSingleton(name)) {
                    names.add(name);
                }
            }
        }
        names.removeIf(ScopedProxyUtils::isScopedTarget);
        return names;
    }

    private @Nullable MillHandler annotation(String name, Object bean) {
        MillHandler onBean = beans.findAnnotationOnBean(name, MillHandler.class);
        return onBean != null
                ? onBean
                : AnnotatedElementUtils.findMergedAnnotation(AopUtils.getTargetClass(bean), MillHandler.class);
    }

    private HandlerBean handler(String name, Object bean, MillHandler annotation) {
        String server = annotation.server().isEmpty() ? null : annotation.server();
        boolean withToken = annotation.token() != MillHandler.NO_TOKEN;
        Token token = withToken && annotation.token() >= 0 ? Token.of(annotation.token()) : null;
        HandlerBean handler = new HandlerBean(name, bean, server, token);
        boolean serves = bean instanceof ConnectionHandler;
        if (serves == handler.isRaw()) {
            throw new MillStartException(
                    "The @MillHandler " + handler + " implements " + (serves ? "both" : "neither") + " "
                            + ConnectionHandler.class.getName() + (serves ? " and " : " nor ")
                            + EventHandler.class.getName()
                            + (AopUtils.isAopProxy(bean) ? ", as its proxy shows it." : "."),
                    "Implement exactly one of them: ConnectionHandler for the connections of a server, EventHandler for the bare"
                            + " readiness of a channel.");
        }
        if (withToken && token == null) {
            throw new MillStartException(
                    "The @MillHandler " + handler + " names token " + annotation.token() + ". " + known,
                    "Use a token of 0 or greater.");
        }
        if (server == null && token == null) {
            throw new MillStartException(
                    "The @MillHandler " + handler + " names neither a server nor a token. " + known,
                    "Name one of them: @MillHandler(server = \"...\") or @MillHandler(token = ...).");
        }
        return handler;
    }
}
