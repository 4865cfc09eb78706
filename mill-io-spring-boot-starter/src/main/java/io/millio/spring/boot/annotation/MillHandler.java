package io.millio.spring.boot.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.stereotype.Component;

/**
 * Makes a bean, or a method of any bean, the handler of a configured server, named either by its key below {@code
 * mill.servers} or by its token, or a bean the handler of a file watch. Read once by the thread that refreshes the
 * application context.
 *
 * <pre>{@code
 * @Component
 * class Greeter {
 *     @MillHandler(server = "greeter")
 *     String greet(String name) {
 *         return "hello, " + name;
 *     }
 * }
 * }</pre>
 *
 * <p><b>On a method</b> each frame is one call, on the kind of thread that the server's dispatch says; calls for one
 * connection never overlap. Parameters are recognised by their types, each at most once and in any order: {@link
 * io.millio.net.Connection}, {@link java.net.SocketAddress} (the peer's), and one of
 * <ul>
 *   <li>{@link java.nio.ByteBuffer}, lent for the length of the call: <strong>it must not be used by anything that goes
 *       on after the method has returned</strong>, a {@code CompletionStage} above all;
 *   <li>{@code byte[]}, a copy;
 *   <li>{@code String}, decoded as UTF-8;
 *   <li>any other type, read by a {@link io.millio.spring.boot.context.PayloadConverter}, which is JSON where Jackson 3
 *       is on the class path.
 * </ul>
 * String and converted types need a server with framing, because without it the network cuts the bytes where it likes.
 *
 * <p>What the method returns is sent with the server's framing: the same types, nothing for {@code void} and null, or a
 * {@link java.util.concurrent.CompletionStage} of them; its replies then keep the {@linkplain #ordered order of the
 * requests}. At most 128 of them are under way for one connection, and about 1 MiB of replies waits for those before
 * it; then {@link io.millio.net.Connection#pauseReading reading pauses}, so such a method should neither pause nor
 * resume it. Each holds a {@link io.millio.net.Connection#beginWork work}: a drain waits for it. What is thrown goes to
 * a {@link MillExceptionHandler}, or else closes the connection. The method is called through the bean's proxy and is
 * neither private nor static; a bean that is not a singleton has one instance for each connection.
 *
 * <p><b>For a server of transport udp</b> each datagram is one call, with {@link io.millio.net.UdpEndpoint} in place of
 * the connection and the sender's address; framing is not needed. What the method returns goes to the sender as one
 * datagram, the result of a {@code CompletionStage} when it comes. At most 1024 of these are under way. A datagram that
 * comes meanwhile, one that was cut, and a reply of more than 65 507 bytes are errors for a {@link
 * MillExceptionHandler}, which must not ask for a connection. A reply for which the endpoint has no room is dropped and
 * counted, and so is one that is not ready at the end of a drain, which waits for it. A bean that is not a singleton
 * has one instance for each opening of the endpoint.
 *
 * <p><b>On a bean</b>, its class or its {@code @Bean} method, that bean implements one of these interfaces:
 * <ul>
 *   <li>{@link io.millio.net.ConnectionHandler}: the server's connections. The one bean serves all of them at once,
 *       unless it is of scope prototype: then each connection has an instance of its own, made before its {@code
 *       onOpen} and destroyed after its {@code onClose}.
 *   <li>{@link io.millio.spring.boot.context.ConnectionHandlerFactory}: makes a handler for each connection.
 *   <li>{@link io.millio.net.DatagramHandler}: the datagrams of a server of transport udp.
 *   <li>{@link io.millio.loop.EventHandler}: the bare readiness of the server's listening channel, which the starter
 *       opens, binds and registers under the server's token; the handler accepts and serves by itself. Keys that only
 *       make sense for connections fail the start of such a server. With the token of a {@code MillChannelFactory} bean
 *       it is the readiness of that channel instead.
 *   <li>{@link io.millio.watch.FileWatchHandler}: the changes of a directory that is configured below {@code
 *       mill.watches}, named by {@link #watch} or by its token.
 * </ul>
 * On a class that implements none of them it names the server for those methods that are annotated without naming one.
 *
 * <p>Each server takes exactly one handler. A handler for a server that is disabled is ignored.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
@Reflective
public @interface MillHandler {
    /** What {@link #token()} is when it was not given. */
    long NO_TOKEN = -1;

    /** The token of the server, channel or file watch, 0 or greater. */
    long token() default NO_TOKEN;

    /** The name of the server: its key below {@code mill.servers}. */
    String server() default "";

    /**
     * The name of the file watch, for beans that implement {@code FileWatchHandler}: its key below {@code
     * mill.watches}.
     */
    String watch() default "";

    /**
     * Whether the replies of a method that returns a {@code CompletionStage} are sent in the order of its requests,
     * each waiting for those before it, and not as they come. Means nothing elsewhere, where replies are in order
     * anyway.
     */
    boolean ordered() default true;
}
