package io.millio.spring.boot.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * A method that is called when a connection has been opened, before its first frame: beside {@link MillHandler} methods for their
 * servers, or in a {@link MillAdvice} bean. Read once by the thread that refreshes the application context.
 *
 * <p>It may take the {@link io.millio.net.Connection} and the peer's {@link java.net.SocketAddress}. What it returns, other than
 * {@code void} and null, is sent as a greeting, as a handler's reply is; a {@code CompletionStage} is not allowed.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface MillOpen {}
