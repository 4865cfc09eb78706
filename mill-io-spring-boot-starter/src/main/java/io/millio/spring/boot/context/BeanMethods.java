package io.millio.spring.boot.context;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.UdpEndpoint;
import io.millio.spring.boot.context.BeanMethod.Argument;
import io.millio.spring.boot.context.BeanMethod.Reply;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.SocketAddress;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * Makes a {@link BeanMethod} of an annotated method, or throws a {@link MillStartException} that says why its signature cannot work.
 * Used by the thread that refreshes the context.
 */
final class BeanMethods {
    private final List<PayloadConverter> converters;

    BeanMethods(List<PayloadConverter> converters) {
        this.converters = List.copyOf(converters);
    }

    /**
     * @param beanClass the class of the bean, without proxy
     */
    BeanMethod of(MethodKind kind, String bean, Class<?> beanClass, Method method) {
        return new Signature(kind, bean, beanClass, method).resolve();
    }

    static String describe(String bean, Method method) {
        StringBuilder parameters = new StringBuilder();
        for (Class<?> type : method.getParameterTypes()) {
            parameters.append(parameters.isEmpty() ? "" : ", ").append(ClassUtils.getQualifiedName(type));
        }
        return "method " + method.getDeclaringClass().getName() + '.' + method.getName() + '(' + parameters
                + ") of bean '" + bean + "'";
    }

    private enum Role {
        CONNECTION("connection"),
        ENDPOINT("endpoint"),
        ADDRESS("address"),
        CONTENT("message"),
        ERROR("exception"),
        REASON("reason");

        private final String text;

        Role(String text) {
            this.text = text;
        }
    }

    /** One method under examination. */
    private final class Signature {
        private final MethodKind kind;
        private final Class<?> beanClass;
        private final Method method;
        private final String name;
        private final Map<Role, String> seen = new EnumMap<>(Role.class);
        private boolean needsFrames;

        Signature(MethodKind kind, String bean, Class<?> beanClass, Method method) {
            this.kind = kind;
            this.beanClass = beanClass;
            this.method = method;
            this.name = describe(bean, method);
        }

        BeanMethod resolve() {
            if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
                throw refusal("it is " + (Modifier.isPrivate(method.getModifiers()) ? "private" : "static"));
            }
            List<Argument> arguments = new ArrayList<>();
            for (int i = 0; i < method.getParameterCount(); i++) {
                arguments.add(argument(i, ResolvableType.forMethodParameter(method, i, beanClass)));
            }
            Reply reply = reply(ResolvableType.forMethodReturnType(method, beanClass));
            return new BeanMethod(name, method, arguments, reply, needsFrames, seen.containsKey(Role.CONNECTION));
        }

        private Argument argument(int index, ResolvableType type) {
            Class<?> raw = type.resolve(Object.class);
            if (raw == Connection.class && kind != MethodKind.DATAGRAM) {
                claim(Role.CONNECTION, index, type);
                return Call::connection;
            }
            if (raw == UdpEndpoint.class && kind == MethodKind.DATAGRAM) {
                claim(Role.ENDPOINT, index, type);
                return Call::endpoint;
            }
            if (raw == SocketAddress.class) {
                claim(Role.ADDRESS, index, type);
                return Call::peer;
            }
            if (kind == MethodKind.CLOSE && raw == CloseReason.class) {
                claim(Role.REASON, index, type);
                return Call::reason;
            }
            if (kind == MethodKind.EXCEPTION && Throwable.class.isAssignableFrom(raw)) {
                claim(Role.ERROR, index, type);
                return Call::error;
            }
            if (!kind.handles() || isReserved(raw)) {
                throw refusal(parameter(index, type) + " is none of the types that it may have");
            }
            claim(Role.CONTENT, index, type);
            return content(index, type, raw);
        }

        private Argument content(int index, ResolvableType type, Class<?> raw) {
            if (raw == ByteBuffer.class) {
                return Call::data;
            }
            if (raw == byte[].class) {
                return Call::copy;
            }
            needsFrames = true;
            if (raw == String.class) {
                return call -> new String(call.copy(), StandardCharsets.UTF_8);
            }
            PayloadConverter converter = converter(type, parameter(index, type) + " is read");
            return call -> converter.read(call.data(), type);
        }

        private Reply reply(ResolvableType type) {
            Class<?> raw = type.resolve(Object.class);
            if (!CompletionStage.class.isAssignableFrom(raw)) {
                return new Reply(false, writer(type));
            }
            if (!kind.handles()) {
                throw refusal("it returns " + type + ", which is none of the types that it may return");
            }
            ResolvableType value = type.as(CompletionStage.class).getGeneric();
            if (value.resolve() == null) {
                throw refusal("it returns " + type + ", which does not say what its value will be");
            }
            return new Reply(true, writer(value));
        }

        private BeanMethod.Writer writer(ResolvableType type) {
            Class<?> raw = type.resolve(Object.class);
            if (raw == void.class || raw == Void.class) {
                return value -> null;
            }
            if (kind == MethodKind.CLOSE
                    || isReserved(raw)
                    || ReactiveAdapterRegistry.getSharedInstance().getAdapter(raw) != null) {
                throw refusal("it returns " + type + ", which is none of the types that it may return");
            }
            if (raw == ByteBuffer.class) {
                return value -> (ByteBuffer) value;
            }
            if (raw == byte[].class) {
                return value -> ByteBuffer.wrap((byte[]) value);
            }
            if (raw == String.class) {
                return value -> ByteBuffer.wrap(((String) value).getBytes(StandardCharsets.UTF_8));
            }
            PayloadConverter converter = converter(type, "what it returns, " + type + ", is written");
            return value -> converter.write(value, type);
        }

        /** Types of which somebody means something else than their contents. */
        private boolean isReserved(Class<?> raw) {
            return Connection.class.isAssignableFrom(raw)
                    || raw == UdpEndpoint.class
                    || SocketAddress.class.isAssignableFrom(raw)
                    || Throwable.class.isAssignableFrom(raw)
                    || Future.class.isAssignableFrom(raw)
                    || CompletionStage.class.isAssignableFrom(raw)
                    || Flow.Publisher.class.isAssignableFrom(raw)
                    || (Buffer.class.isAssignableFrom(raw) && raw != ByteBuffer.class);
        }

        private PayloadConverter converter(ResolvableType type, String use) {
            return converters.stream()
                    .filter(converter -> converter.supports(type))
                    .findFirst()
                    .orElseThrow(() -> refusal("there is no PayloadConverter bean by which " + use));
        }

        private void claim(Role role, int index, ResolvableType type) {
            String parameter = parameter(index, type);
            String other = seen.putIfAbsent(role, parameter);
            if (other != null) {
                throw refusal(parameter + " would be the " + role.text + ", but " + other + " is that already");
            }
        }

        private String parameter(int index, ResolvableType type) {
            return "parameter " + (index + 1) + ", " + type + ",";
        }

        private MillStartException refusal(String reason) {
            return new MillStartException(
                    "The @" + kind.annotation().getSimpleName() + " " + Objects.requireNonNull(name)
                            + " cannot be called: " + reason + ".",
                    kind.shapes());
        }
    }
}
