package io.millio.spring.boot.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * A method for what {@link MillHandler} and {@link MillOpen} methods throw, what the stages they return fail with, and
 * payloads that cannot be converted: beside them, or in a {@link MillAdvice} bean, which is asked second. Read once by
 * the thread that refreshes the application context.
 *
 * <p>It may take the exception, the {@link io.millio.net.Connection} and the peer's {@link java.net.SocketAddress}; of
 * several methods the one with the nearest type is called, in the order of the connection's other callbacks. The
 * connection stays open, unless the method closes it or throws. What it returns, other than {@code void} and null, is
 * sent in place of the reply; a {@code CompletionStage} is not allowed.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface MillExceptionHandler {
    /** The types that are handled; if none is named, the type of the method's parameter. */
    Class<? extends Throwable>[] value() default {};
}
