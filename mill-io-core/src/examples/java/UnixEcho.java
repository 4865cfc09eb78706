import io.millio.loop.EventLoop;
import io.millio.net.Connection;
import io.millio.net.TcpServer;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/**
 * Sends back what it receives, on a Unix domain socket that only the user who started it may open.
 *
 * <pre>
 *   java -cp mill-io-core/target/mill-io-core-&lt;version&gt;.jar mill-io-core/src/examples/java/UnixEcho.java --path=/tmp/echo.sock
 *   socat - UNIX-CONNECT:/tmp/echo.sock
 * </pre>
 */
public final class UnixEcho {
    private UnixEcho() {}

    public static void main(String[] args) throws Exception {
        if (args.length != 1 || !args[0].startsWith("--path=")) {
            throw new IllegalArgumentException("give the socket file as --path=/tmp/echo.sock");
        }
        try (EventLoop loop = EventLoop.create();
                TcpServer server = TcpServer.builder(loop)
                        .bind(UnixDomainSocketAddress.of(args[0].substring("--path=".length())))
                        .socketFilePermissions(PosixFilePermissions.fromString("rw-------"))
                        .handler(Connection::write)
                        .start()) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> loop.shutdown(Duration.ofSeconds(10))
                    .toCompletableFuture()
                    .join()));
            System.out.println("listening on " + server.localAddress());
            server.awaitClose();
        }
    }
}
