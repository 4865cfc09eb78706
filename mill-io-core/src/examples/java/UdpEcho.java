import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Sends each datagram back to its sender. Without options the whole of it is the heart of {@link #main}: make a loop, start an endpoint
 * with a handler, wait.
 *
 * <pre>
 *   java -cp mill-io-core/target/mill-io-core-&lt;version&gt;.jar mill-io-core/src/examples/java/UdpEcho.java --port=7002
 *
 *   --port=7002               0 lets the system choose
 *   --dispatch=workers        direct | workers
 *   --reactors=1  --workers=4
 *   --max-datagram=65507      bytes; longer ones are cut, and not sent back
 *   --tcp-port=7003           an echo over TCP beside it, in the same loop; none by default
 * </pre>
 */
public final class UdpEcho {
    private UdpEcho() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        EventLoop.Builder loopBuilder = EventLoop.builder()
                .name("udp-echo")
                .dispatch(Dispatch.valueOf(take(options, "dispatch", "workers").toUpperCase(Locale.ROOT)))
                .workers(Integer.parseInt(take(options, "workers", "4")));
        if (options.containsKey("reactors")) {
            loopBuilder.reactors(Integer.parseInt(options.remove("reactors")));
        }
        String tcpPort = options.remove("tcp-port");
        try (EventLoop loop = loopBuilder.build()) {
            UdpEndpoint.Builder endpoint = UdpEndpoint.builder(loop)
                    .name("echo")
                    .bind("127.0.0.1", Integer.parseInt(take(options, "port", "7002")))
                    .maxDatagram(Integer.parseInt(take(options, "max-datagram", "65507")))
                    .handler((self, sender, data, truncated) -> {
                        if (!truncated) {
                            self.send(sender, data);
                        }
                    });
            if (!options.isEmpty()) {
                throw new IllegalArgumentException(
                        "unknown options " + options.keySet() + "; see the head of UdpEcho.java");
            }
            if (tcpPort != null) {
                TcpServer beside = TcpServer.builder(loop)
                        .bind("127.0.0.1", Integer.parseInt(tcpPort))
                        .handler((connection, data) -> connection.write(data))
                        .start();
                System.out.println("beside it, over TCP, on " + text(beside.localAddress()));
            }
            try (UdpEndpoint started = endpoint.start()) {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(loop, started)));
                System.out.println("listening on " + text(started.localAddress()));
                started.awaitClose();
            }
        }
    }

    private static String text(SocketAddress address) {
        InetSocketAddress inet = (InetSocketAddress) address;
        return inet.getHostString() + ":" + inet.getPort();
    }

    /** On SIGTERM and Ctrl-C: what was received is answered before the process ends. */
    private static void drain(EventLoop loop, UdpEndpoint endpoint) {
        System.out.println(
                loop.shutdown(Duration.ofSeconds(10)).toCompletableFuture().join());
        System.out.println(endpoint.stats());
    }

    private static String take(Map<String, String> options, String name, String otherwise) {
        String value = options.remove(name);
        return value == null ? otherwise : value;
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (String arg : args) {
            String[] parts = arg.split("=", 2);
            if (!arg.startsWith("--") || parts.length != 2) {
                throw new IllegalArgumentException("'" + arg + "' is not of the form --name=value");
            }
            options.put(parts[0].substring(2), parts[1]);
        }
        return options;
    }
}
