package io.millio.spring.boot.context;

import io.millio.spring.boot.annotation.MillExceptionHandler;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ExceptionDepthComparator;

/** The exception handlers of one bean, by the types that they are for. Filled by the thread that refreshes the context, then immutable. */
final class ExceptionMethods {
    private final Map<Class<? extends Throwable>, BeanMethod> methods = new HashMap<>();

    void add(BeanMethod added, Method method, MillExceptionHandler annotation) {
        List<Class<? extends Throwable>> types = types(method, annotation);
        if (types.isEmpty()) {
            throw new MillStartException(
                    "The @MillExceptionHandler " + added + " does not say which exceptions it is for.",
                    "Give it a parameter of the exception's type, or name the types in the annotation.");
        }
        for (Class<? extends Throwable> type : types) {
            refuseNarrow(added, method, type);
            BeanMethod other = methods.putIfAbsent(type, added);
            if (other != null) {
                throw new MillStartException(
                        "Both the " + other + " and the " + added + " are @MillExceptionHandler for " + type.getName()
                                + ".",
                        "Keep one of them, or make one for another type.");
            }
        }
    }

    private static void refuseNarrow(BeanMethod added, Method method, Class<? extends Throwable> type) {
        for (Class<?> parameter : method.getParameterTypes()) {
            if (Throwable.class.isAssignableFrom(parameter) && !parameter.isAssignableFrom(type)) {
                throw new MillStartException(
                        "The @MillExceptionHandler " + added + " names " + type.getName() + ", which is no "
                                + parameter.getName() + " as its parameter demands.",
                        "Make the parameter of a type that all the named types extend.");
            }
        }
    }

    private static List<Class<? extends Throwable>> types(Method method, MillExceptionHandler annotation) {
        if (annotation.value().length > 0) {
            return List.of(annotation.value());
        }
        return Stream.of(method.getParameterTypes())
                .filter(Throwable.class::isAssignableFrom)
                .<Class<? extends Throwable>>map(type -> type.asSubclass(Throwable.class))
                .toList();
    }

    /** The method for the nearest type that the exception is of, of those that can be called with or without a connection; or null. */
    @Nullable
    BeanMethod find(Throwable thrown, boolean withConnection) {
        List<Class<? extends Throwable>> candidates = methods.entrySet().stream()
                .filter(each -> withConnection || !each.getValue().needsConnection())
                .<Class<? extends Throwable>>map(Map.Entry::getKey)
                .filter(type -> type.isInstance(thrown))
                .toList();
        return candidates.isEmpty() ? null : methods.get(ExceptionDepthComparator.findClosestMatch(candidates, thrown));
    }

    /** One that is of no use where there are no connections, or null. */
    @Nullable
    BeanMethod anyWithConnection() {
        return methods.values().stream()
                .filter(BeanMethod::needsConnection)
                .findFirst()
                .orElse(null);
    }
}
