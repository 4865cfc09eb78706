package io.millio.sample.rpc;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On the only parameter of an {@link RpcMethod}, a {@code JsonNode}: it gets the whole {@code params} as they came, an array, an object,
 * or null if there are none. Read once, by the thread that starts the application.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface RpcParams {}
