package io.millio.spring.boot.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.stereotype.Component;

/**
 * A bean whose {@link MillOpen}, {@link MillClose} and {@link MillExceptionHandler} methods are for the connections of
 * all servers that have a {@link MillHandler} method. Read once by the thread that refreshes the application context.
 *
 * <p>Several are asked in their {@link org.springframework.core.annotation.Order}: before the handler's own bean when a
 * connection is opened, after it when one is closed and for exceptions.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
@Reflective
public @interface MillAdvice {
    /** The servers that it is for, by their keys below {@code mill.servers}; all of them if none is named. */
    String[] servers() default {};
}
