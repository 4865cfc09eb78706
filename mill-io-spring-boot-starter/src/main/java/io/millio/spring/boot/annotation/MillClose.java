package io.millio.spring.boot.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * A method that is called once and last for each connection: beside {@link MillHandler} methods for their servers, or in a {@link
 * MillAdvice} bean. Read once by the thread that refreshes the application context.
 *
 * <p>It may take the {@link io.millio.net.Connection}, the peer's {@link java.net.SocketAddress} and the {@link
 * io.millio.net.CloseReason}, and returns {@code void}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface MillClose {}
