package io.millio.spring.boot.context;

import io.millio.loop.EventHandler;
import io.millio.net.ConnectionHandler;
import io.millio.net.DatagramHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.watch.FileWatchHandler;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;

/** Finds what carries {@code @MillHandler}; used by the thread that refreshes the context, when all beans exist. */
final class HandlerBeans {
    private static final List<Class<?>> TYPES = List.of(
            ConnectionHandler.class,
            ConnectionHandlerFactory.class,
            DatagramHandler.class,
            EventHandler.class,
            FileWatchHandler.class);

    private final ConfigurableListableBeanFactory beans;
    private final KnownTargets known;
    private final List<WatchBindings.Bean> watchBeans = new ArrayList<>();

    HandlerBeans(ConfigurableListableBeanFactory beans, KnownTargets known) {
        this.beans = beans;
        this.known = known;
    }

    /** Those for files; known after {@link #find}. */
    List<WatchBindings.Bean> watchBeans() {
        return watchBeans;
    }

    /** All that are not for files, each checked to be of a type that can handle something and to name something. */
    List<HandlerBean> find() {
        HandlerMethods methods = new HandlerMethods(beans, known);
        List<HandlerBean> found = new ArrayList<>(methods.handlers());
        for (String name : candidates()) {
            HandlerInstances instances = new HandlerInstances(beans, name);
            Object shared = instances.shared();
            Class<?> type = shared == null ? beans.getType(name) : shared.getClass();
            MillHandler annotation = annotation(name, shared);
            boolean onlyNames = methods.has(name) && TYPES.stream().noneMatch(each -> isA(type, each));
            if (annotation != null && type != null && !onlyNames) {
                add(found, name, type, instances, annotation);
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
        for (Class<?> type : TYPES) {
            for (String name : beans.getBeanNamesForType(type, false, false)) {
                if (beans.containsSingleton(name)) {
                    names.add(name);
                }
            }
        }
        names.removeIf(ScopedProxyUtils::isScopedTarget);
        return names;
    }

    private @Nullable MillHandler annotation(String name, @Nullable Object shared) {
        MillHandler onBean = beans.findAnnotationOnBean(name, MillHandler.class);
        return onBean != null || shared == null
                ? onBean
                : AnnotatedElementUtils.findMergedAnnotation(AopUtils.getTargetClass(shared), MillHandler.class);
    }

    private static boolean isA(@Nullable Class<?> type, Class<?> wanted) {
        return type != null && wanted.isAssignableFrom(type);
    }

    private void add(
            List<HandlerBean> found, String name, Class<?> type, HandlerInstances instances, MillHandler annotation) {
        Object shared = instances.shared();
        String text =
                "bean '" + name + "' (" + (shared == null ? type : AopUtils.getTargetClass(shared)).getName() + ")";
        List<Class<?>> kinds = TYPES.stream().filter(each -> isA(type, each)).toList();
        if (kinds.size() != 1) {
            throw wrongKinds(text, kinds, shared);
        }
        Class<?> kind = kinds.get(0);
        if (kind == FileWatchHandler.class) {
            watchBeans.add(new WatchBindings.Bean(text, annotation, (FileWatchHandler) instances.get()));
        } else if (kind == EventHandler.class) {
            found.add(HandlerBean.of(text, annotation, (EventHandler) instances.get(), null, null, known));
        } else if (kind == DatagramHandler.class) {
            found.add(HandlerBean.of(text, annotation, null, (DatagramHandler) instances.get(), null, known));
        } else {
            found.add(HandlerBean.of(text, annotation, null, null, source(kind, instances), known));
        }
    }

    private static ConnectionSource source(Class<?> kind, HandlerInstances instances) {
        if (kind == ConnectionHandlerFactory.class) {
            ConnectionHandlerFactory factory = (ConnectionHandlerFactory) instances.get();
            return (definition, builder) -> builder.handlerFactory(factory::create);
        }
        if (instances.shared() instanceof ConnectionHandler handler) {
            return (definition, builder) -> builder.handler(handler);
        }
        return (definition, builder) -> builder.handlerFactory(() -> new PrototypeHandler(instances));
    }

    private static MillStartException wrongKinds(String text, List<Class<?>> kinds, @Nullable Object bean) {
        String all = String.join(
                kinds.isEmpty() ? " nor " : " and ",
                (kinds.isEmpty() ? TYPES : kinds).stream().map(Class::getName).toList());
        String prefix = kinds.isEmpty() ? "neither " : kinds.size() == 2 ? "both " : "";
        boolean proxied = bean != null && AopUtils.isAopProxy(bean);
        return new MillStartException(
                "The @MillHandler " + text + " implements " + prefix + all
                        + (proxied ? ", as its proxy shows it." : "."),
                "Implement exactly one of them: ConnectionHandler for the connections of a server, ConnectionHandlerFactory for a"
                        + " handler for each of them, DatagramHandler for datagrams, EventHandler for the bare readiness of a channel,"
                        + " FileWatchHandler for the changes of a directory. Or annotate methods.");
    }
}
