package io.millio.sample.rpc;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * Makes a method of a bean callable by JSON-RPC clients. Read once, by the thread that starts the application.
 *
 * <p>Parameters are read from JSON, by position or by the names they have in the source; the last one may be variable. All are required
 * unless marked {@code @Nullable}. What is returned is written as JSON; a {@code CompletionStage} is waited for without holding a
 * thread. A {@link RpcException} becomes the answer; anything else that is thrown is logged here, and "Internal error" there.
 *
 * <p>The method is called by several threads at once.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface RpcMethod {
    /** What clients call it; the method's own name if not given. Names that begin with "rpc." are reserved by the protocol. */
    String value() default "";
}
