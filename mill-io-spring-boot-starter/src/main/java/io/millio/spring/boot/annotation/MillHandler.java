package io.millio.spring.boot.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.stereotype.Component;

/**
 * Makes a bean the handler of a configured server, named either by its key below {@code mill.servers} or by its token.
 * Read once by the thread that refreshes the application context.
 *
 * <pre>{@code
 * @MillHandler(server = "echo")
 * class Echo implements ConnectionHandler {
 *     public void onData(Connection connection, ByteBuffer data) {
 *         connection.write(data);
 *     }
 * }
 * }</pre>
 *
 * <p>The bean implements one of two interfaces:
 * <ul>
 *   <li>{@link io.millio.net.ConnectionHandler}: the server's connections. The one bean serves all of them at once.
 *   <li>{@link io.millio.loop.EventHandler}: the bare readiness of the server's listening channel, which the starter opens, binds
 *       and registers under the server's token; the handler accepts and serves by itself. Keys that only make sense for
 *       connections fail the start of such a server. With the token of a {@code MillChannelFactory} bean it is the readiness of
 *       that channel instead.
 * </ul>
 *
 * <p>Each server takes exactly one handler. A handler for a server that is disabled is left alone.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
@Reflective
public @interface MillHandler {
    /** What {@link #token()} is when it was not given. */
    long NO_TOKEN = -1;

    /** The token of the server or channel, 0 or greater. */
    long token() default NO_TOKEN;

    /** The name of the server: its key below {@code mill.servers}. */
    String server() default "";
}
