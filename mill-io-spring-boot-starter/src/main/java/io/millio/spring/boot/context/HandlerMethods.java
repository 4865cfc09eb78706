package io.millio.spring.boot.context;

import io.millio.spring.boot.annotation.MillAdvice;
import io.millio.spring.boot.annotation.MillClose;
import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.annotation.MillOpen;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.MethodIntrospector.MetadataLookup;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.core.annotation.AnnotationUtils;

/** Finds the annotated methods of all beans; used by the thread that refreshes the context, when all beans exist. */
final class HandlerMethods {
    private static final Log LOG = LogFactory.getLog(HandlerMethods.class);
    private static final List<Class<? extends Annotation>> CALLBACKS =
            List.of(MillOpen.class, MillClose.class, MillExceptionHandler.class);

    private final ConfigurableListableBeanFactory beans;
    private final KnownTargets known;
    private final BeanMethods methods;
    private final CallObserver observer;
    private final List<Found> found = new ArrayList<>();
    private final List<Advice> advices = new ArrayList<>();

    HandlerMethods(ConfigurableListableBeanFactory beans, KnownTargets known) {
        this.beans = beans;
        this.known = known;
        this.methods = new BeanMethods(
                beans.getBeanProvider(PayloadConverter.class).orderedStream().toList());
        this.observer = beans.getBeanProvider(CallObserver.class).getIfAvailable(() -> CallObserver.NONE);
        for (String name : beans.getBeanNamesForType(Object.class)) {
            try {
                Class<?> type = ScopedProxyUtils.isScopedTarget(name) ? null : targetClass(name);
                if (type != null) {
                    look(name, type);
                }
            } catch (LinkageError | TypeNotPresentException e) {
                // A bean may name types that are not there, as long as nobody calls for them.
                LOG.debug("The methods of bean '" + name + "' cannot be looked at for @MillHandler", e);
            }
        }
        advices.sort(Comparator.comparing(Advice::bean, AnnotationAwareOrderComparator.INSTANCE));
    }

    private @Nullable Class<?> targetClass(String name) {
        Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
        boolean foreign = type == null
                || type.getName().startsWith("org.springframework.")
                || !AnnotationUtils.isCandidateClass(type, MillHandler.class);
        return foreign ? null : type;
    }

    private void look(String name, Class<?> type) {
        Map<Method, MillHandler> handlers = select(type, MillHandler.class);
        MillAdvice advice = AnnotatedElementUtils.findMergedAnnotation(type, MillAdvice.class);
        if (!handlers.isEmpty()) {
            found.add(new Found(name, type, handlers));
        }
        if (advice != null) {
            advices.add(advice(name, type, advice));
        } else if (handlers.isEmpty()) {
            refuseIdleCallbacks(name, type);
        }
    }

    private static <A extends Annotation> Map<Method, A> select(Class<?> type, Class<A> annotation) {
        MetadataLookup<A> lookup = method -> AnnotatedElementUtils.hasAnnotation(method, Bean.class)
                ? null
                : AnnotatedElementUtils.findMergedAnnotation(method, annotation);
        return MethodIntrospector.selectMethods(type, lookup);
    }

    private Advice advice(String name, Class<?> type, MillAdvice annotation) {
        for (String server : annotation.servers()) {
            if (known.server(server).isEmpty()) {
                throw new MillStartException(
                        "The @MillAdvice bean '" + name + "' (" + type.getName() + ") names server '" + server
                                + "', which is not configured. " + known,
                        "Correct the name, or configure the server by " + ServerDefinition.property(server, "port")
                                + ".");
            }
        }
        Object bean = beans.getBean(name);
        return new Advice(bean, Set.of(annotation.servers()), callbacks(name, type, bean));
    }

    private static void refuseIdleCallbacks(String name, Class<?> type) {
        for (Class<? extends Annotation> annotation : CALLBACKS) {
            for (Method method : select(type, annotation).keySet()) {
                throw new MillStartException(
                        "The @" + annotation.getSimpleName() + " " + BeanMethods.describe(name, method)
                                + " belongs to no server: its bean has no @MillHandler method and is no @MillAdvice.",
                        "Annotate the bean with @MillAdvice if the method is for all servers, or move it to the bean with the"
                                + " @MillHandler methods.");
            }
        }
    }

    /** Whether the class has handler methods, which an annotation of the class may then only name the server for. */
    boolean has(String bean) {
        return found.stream().anyMatch(candidate -> candidate.bean().equals(bean));
    }

    /** A handler for each method. */
    List<HandlerBean> handlers() {
        List<HandlerBean> handlers = new ArrayList<>();
        for (Found candidate : found) {
            int before = handlers.size();
            String bean = candidate.bean();
            HandlerInstances instances = new HandlerInstances(beans, bean);
            Callbacks own = callbacks(bean, candidate.type(), instances.shared());
            MillHandler onClass = AnnotatedElementUtils.findMergedAnnotation(candidate.type(), MillHandler.class);
            candidate.methods().forEach((method, annotation) -> {
                MillHandler naming = isAimless(annotation) && onClass != null ? onClass : annotation;
                handlers.add(handler(candidate, method, annotation.ordered(), naming, instances, own));
            });
            if (handlers.stream().skip(before).allMatch(handler -> handler.datagrams() != null)) {
                refuseCallbacksOfConnections(bean, own);
            }
        }
        return handlers;
    }

    private HandlerBean handler(
            Found candidate,
            Method method,
            boolean ordered,
            MillHandler naming,
            HandlerInstances instances,
            Callbacks own) {
        ServerDefinition udp =
                known.server(naming).filter(ServerDefinition::datagrams).orElse(null);
        MethodKind kind = udp == null ? MethodKind.HANDLER : MethodKind.DATAGRAM;
        BeanMethod handler = method(kind, candidate.bean(), candidate.type(), method, instances.shared());
        MethodService service = new MethodService(instances, handler, ordered, own, advices, observer);
        return udp == null
                ? HandlerBean.of(handler.toString(), naming, null, null, service, known)
                : HandlerBean.of(
                        handler.toString(),
                        naming,
                        null,
                        new MethodDatagrams(udp.name(), service.of(udp)),
                        null,
                        known);
    }

    private static void refuseCallbacksOfConnections(String bean, Callbacks own) {
        Stream.of(
                        own.opens().stream(),
                        own.closes().stream(),
                        Stream.ofNullable(own.exceptions().anyWithConnection()))
                .flatMap(methods -> methods)
                .findFirst()
                .ifPresent(method -> {
                    throw new MillStartException(
                            "The " + method + " is for connections, but all the @MillHandler methods of bean '" + bean
                                    + "' are for servers of transport udp, which have none.",
                            "Remove it, or take the Connection out of its parameters if it is a @MillExceptionHandler; a bean that"
                                    + " implements DatagramHandler hears of the opening and closing of the endpoint.");
                });
    }

    private static boolean isAimless(MillHandler annotation) {
        return annotation.server().isEmpty() && annotation.token() == MillHandler.NO_TOKEN;
    }

    private Callbacks callbacks(String bean, Class<?> type, @Nullable Object instance) {
        ExceptionMethods exceptions = new ExceptionMethods();
        select(type, MillExceptionHandler.class)
                .forEach((method, annotation) ->
                        exceptions.add(method(MethodKind.EXCEPTION, bean, type, method, instance), method, annotation));
        return new Callbacks(
                plain(MethodKind.OPEN, bean, type, instance),
                plain(MethodKind.CLOSE, bean, type, instance),
                exceptions);
    }

    private List<BeanMethod> plain(MethodKind kind, String bean, Class<?> type, @Nullable Object instance) {
        return select(type, kind.annotation()).keySet().stream()
                .map(method -> method(kind, bean, type, method, instance))
                .toList();
    }

    private BeanMethod method(MethodKind kind, String bean, Class<?> type, Method method, @Nullable Object instance) {
        BeanMethod resolved = methods.of(kind, bean, type, method);
        if (instance != null) {
            resolved.checkCallable(instance.getClass());
        }
        return resolved;
    }

    private record Found(String bean, Class<?> type, Map<Method, MillHandler> methods) {}
}
