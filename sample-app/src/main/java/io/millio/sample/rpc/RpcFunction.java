package io.millio.sample.rpc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A method of a bean with what it takes. Immutable, for any thread.
 *
 * @param method to be called on the bean, which may be a proxy
 * @param takesAll whether its one parameter is the {@code params} themselves
 */
record RpcFunction(
        String name, Object bean, Method method, List<Parameter> parameters, boolean takesAll, RpcJson json) {
    RpcFunction {
        parameters = List.copyOf(parameters);
    }

    /**
     * @return what the method returns
     * @throws RpcException "Invalid params" if they do not fit
     * @throws Throwable what the method throws
     */
    @Nullable
    Object call(@Nullable JsonNode params) throws Throwable {
        @Nullable Object[] arguments = new @Nullable Object[parameters.size()];
        List<@Nullable JsonNode> values = takesAll ? all(params) : inOrder(params);
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = argument(parameters.get(i), values.get(i));
        }
        try {
            return method.invoke(bean, arguments);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }

    private static List<@Nullable JsonNode> all(@Nullable JsonNode params) {
        List<@Nullable JsonNode> all = new ArrayList<>();
        all.add(params == null ? JsonNodeFactory.instance.nullNode() : params);
        return all;
    }

    private List<@Nullable JsonNode> inOrder(@Nullable JsonNode params) {
        return params != null && params.isObject() ? byName(params) : byPosition(params);
    }

    private List<@Nullable JsonNode> byName(JsonNode params) {
        Set<String> known = parameters.stream().map(Parameter::name).collect(Collectors.toSet());
        if (!known.containsAll(params.propertyNames())) {
            throw mismatch("a name is unknown");
        }
        List<@Nullable JsonNode> values = new ArrayList<>();
        parameters.forEach(parameter -> values.add(params.get(parameter.name())));
        return values;
    }

    private List<@Nullable JsonNode> byPosition(@Nullable JsonNode params) {
        List<@Nullable JsonNode> values = new ArrayList<>();
        if (params != null) {
            StreamSupport.stream(params.spliterator(), false).forEach(values::add);
        }
        int fixed = parameters.size() - (method.isVarArgs() ? 1 : 0);
        if (method.isVarArgs() && values.size() >= fixed) {
            ArrayNode rest = JsonNodeFactory.instance.arrayNode();
            rest.addAll(values.subList(fixed, values.size()));
            values.subList(fixed, values.size()).clear();
            values.add(rest);
        }
        if (values.size() > parameters.size()) {
            throw mismatch("there are " + values.size() + " params");
        }
        while (values.size() < parameters.size()) {
            values.add(null);
        }
        return values;
    }

    private @Nullable Object argument(Parameter parameter, @Nullable JsonNode value) {
        if (value == null || (value.isNull() && !parameter.takesNull())) {
            if (parameter.required()) {
                throw mismatch("'" + parameter.name() + "' is missing");
            }
            return null;
        }
        try {
            return json.value(value, parameter.type());
        } catch (JacksonException e) {
            throw mismatch("'" + parameter.name() + "' is of another type, or out of range");
        }
    }

    private RpcException mismatch(String reason) {
        String usage = parameters.stream().map(Parameter::name).collect(Collectors.joining(", ", "(", ")"));
        return RpcException.invalidParams(reason + "; '" + name + "' takes " + usage);
    }

    /**
     * One parameter.
     *
     * @param takesNull whether it is JSON itself, of which null is a value as any other
     */
    record Parameter(String name, JavaType type, boolean required, boolean takesNull) {}
}
