package io.millio.spring.boot.context;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.support.AopUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** An annotated method with what is to be passed to it and what becomes of its result; for any thread. */
final class BeanMethod {
    private final String name;
    private final String shortName;
    private final Method method;
    private final List<Argument> arguments;
    private final Reply reply;
    private final boolean needsFrames;
    private final boolean needsConnection;

    /** Of the class that was met last, which is nearly always the only one. */
    private volatile @Nullable Target target;

    BeanMethod(
            String name,
            Method method,
            List<Argument> arguments,
            Reply reply,
            boolean needsFrames,
            boolean needsConnection) {
        this.name = name;
        this.shortName = ClassUtils.getShortName(method.getDeclaringClass()) + '.' + method.getName();
        this.method = method;
        this.arguments = List.copyOf(arguments);
        this.reply = reply;
        this.needsFrames = needsFrames;
        this.needsConnection = needsConnection;
    }

    /** Calls the method on a bean, through its proxy if it has one; what the method throws comes out as it is. */
    @Nullable
    Object call(Object bean, Call call) throws Throwable {
        @Nullable Object[] values = new @Nullable Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments.get(i).of(call);
        }
        return (Object) handle(bean.getClass()).invokeExact(bean, values);
    }

    /** What to send for a result; null for nothing. */
    @Nullable
    ByteBuffer reply(@Nullable Object result) throws Exception {
        return result == null ? null : reply.writer().write(result);
    }

    /** The class and the name alone. */
    String shortName() {
        return shortName;
    }

    /** Whether the results are stages of replies. */
    boolean isAsync() {
        return reply.async();
    }

    /** Whether bytes that were cut anywhere would be of no use to it. */
    boolean needsFrames() {
        return needsFrames;
    }

    /** Whether it cannot be called for a datagram. */
    boolean needsConnection() {
        return needsConnection;
    }

    /** Makes sure now that beans of a class can be called. */
    void checkCallable(Class<?> type) {
        handle(type);
    }

    private MethodHandle handle(Class<?> type) {
        Target current = target;
        if (current == null || current.type() != type) {
            current = new Target(type, find(type));
            target = current;
        }
        return current.handle();
    }

    private MethodHandle find(Class<?> type) {
        try {
            Method invocable = AopUtils.selectInvocableMethod(method, type);
            if (Modifier.isFinal(invocable.getModifiers()) && SpringProxy.class.isAssignableFrom(type)) {
                throw new IllegalStateException("the method is final, so the proxy of the bean cannot pass it on.");
            }
            ReflectionUtils.makeAccessible(invocable);
            return MethodHandles.lookup()
                    .unreflect(invocable)
                    .asFixedArity()
                    .asSpreader(Object[].class, arguments.size())
                    .asType(MethodType.methodType(Object.class, Object.class, Object[].class));
        } catch (IllegalStateException | IllegalAccessException e) {
            throw new MillStartException(
                    "The " + name + " cannot be called on its bean, of class " + type.getName() + ": " + e.getMessage(),
                    "Declare the method in an interface of the bean, have the bean proxied by its class"
                            + " (proxyTargetClass = true) with a method that is not final, or remove the proxy.",
                    e);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private record Target(Class<?> type, MethodHandle handle) {}

    /** Takes one argument out of a call. */
    @FunctionalInterface
    interface Argument {
        @Nullable
        Object of(Call call) throws Exception;
    }

    /** Makes the bytes to send of a result. */
    @FunctionalInterface
    interface Writer {
        @Nullable
        ByteBuffer write(Object value) throws Exception;
    }

    /**
     * What becomes of the results.
     *
     * @param async whether they are stages, whose values the writer is for
     */
    record Reply(boolean async, Writer writer) {}
}
