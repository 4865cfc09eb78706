package io.millio.sample.rpc;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.MethodIntrospector.MetadataLookup;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.stereotype.Component;
import org.springframework.util.ReflectionUtils;
import tools.jackson.databind.JsonNode;

/**
 * The methods of all beans that clients may call, by name. Filled by the thread that starts the application, before any server listens;
 * read by any thread from then on.
 */
@Component
class RpcFunctions implements SmartInitializingSingleton {
    private static final MetadataLookup<RpcMethod> ANNOTATED =
            method -> AnnotatedElementUtils.findMergedAnnotation(method, RpcMethod.class);

    private final ConfigurableListableBeanFactory beans;
    private final RpcJson json;
    private final Map<String, RpcFunction> functions = new HashMap<>();

    RpcFunctions(ConfigurableListableBeanFactory beans, RpcJson json) {
        this.beans = beans;
        this.json = json;
    }

    @Nullable
    RpcFunction find(String name) {
        return functions.get(name);
    }

    /** All beans exist: a method that cannot be called is to be known now, and not when somebody calls it. */
    @Override
    public void afterSingletonsInstantiated() {
        for (String bean : beans.getBeanNamesForType(Object.class)) {
            Class<?> type =
                    ScopedProxyUtils.isScopedTarget(bean) ? null : AutoProxyUtils.determineTargetClass(beans, bean);
            if (type != null && AnnotationUtils.isCandidateClass(type, RpcMethod.class)) {
                MethodIntrospector.selectMethods(type, ANNOTATED)
                        .forEach((method, annotation) -> add(function(bean, method, annotation)));
            }
        }
    }

    private void add(RpcFunction function) {
        RpcFunction other = functions.putIfAbsent(function.name(), function);
        if (other != null) {
            throw refusal(
                    function.method(),
                    other.method().toGenericString() + " has the name '" + function.name() + "' already",
                    "Name one of them otherwise: @RpcMethod(\"...\")");
        }
    }

    private RpcFunction function(String bean, Method method, RpcMethod annotation) {
        String name = annotation.value().isEmpty() ? method.getName() : annotation.value();
        if (name.startsWith("rpc.")) {
            throw refusal(method, "'" + name + "' is a name that the protocol reserves", "Choose one without 'rpc.'");
        }
        if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
            throw refusal(method, "it is private or static", "Make it a method that the bean's proxies can pass on");
        }
        if (!beans.isSingleton(bean)) {
            throw refusal(method, "its bean '" + bean + "' is no singleton", "Give the bean the scope singleton");
        }
        List<RpcFunction.Parameter> parameters = new ArrayList<>();
        boolean takesAll = false;
        for (int i = 0; i < method.getParameterCount(); i++) {
            MethodParameter parameter = new MethodParameter(method, i);
            parameters.add(parameter(method, parameter));
            takesAll |= parameter.hasParameterAnnotation(RpcParams.class);
        }
        if (takesAll && (parameters.size() > 1 || method.getParameterTypes()[0] != JsonNode.class)) {
            throw refusal(method, "@RpcParams is for a single JsonNode", "Take nothing else, or name the parameters");
        }
        Object instance = beans.getBean(bean);
        Method invocable = AopUtils.selectInvocableMethod(method, instance.getClass());
        ReflectionUtils.makeAccessible(invocable);
        return new RpcFunction(name, instance, invocable, parameters, takesAll, json);
    }

    private RpcFunction.Parameter parameter(Method method, MethodParameter parameter) {
        parameter.initParameterNameDiscovery(new DefaultParameterNameDiscoverer());
        String name = parameter.getParameterName();
        if (name == null) {
            throw refusal(
                    method,
                    "the name of parameter " + (parameter.getParameterIndex() + 1) + " is unknown",
                    "Compile with -parameters");
        }
        boolean takesNull = JsonNode.class.isAssignableFrom(parameter.getParameterType());
        return new RpcFunction.Parameter(
                name, json.type(parameter.getGenericParameterType()), !parameter.isOptional(), takesNull);
    }

    private static IllegalStateException refusal(Method method, String reason, String remedy) {
        return new IllegalStateException(
                "@RpcMethod " + method.toGenericString() + " cannot be called: " + reason + ". " + remedy + ".");
    }
}
