import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.Framing;
import io.millio.net.TcpServer;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Sends back what it receives. Without options the whole server is the three statements of {@link #main}'s heart: make a loop,
 * start a server with a handler, wait.
 *
 * <pre>
 *   java -cp mill-io-core/target/mill-io-core-&lt;version&gt;.jar mill-io-core/src/examples/java/EchoServer.java --port=7001
 *
 *   --port=7001               0 lets the system choose
 *   --dispatch=workers        direct | workers | virtual (JDK 21 or later)
 *   --reactors=1  --workers=4
 *   --max-connections=16384
 *   --idle-timeout=5m  --stall-timeout=30s      0 switches one off; ms, s, m, or as in PT30S
 *   --framing=none            none | line | length4
 *   --max-frame=1048576       bytes
 * </pre>
 */
public final class EchoServer {
    private EchoServer() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        EventLoop.Builder loopBuilder = EventLoop.builder()
                .name("echo")
                .dispatch(Dispatch.valueOf(take(options, "dispatch", "workers").toUpperCase(Locale.ROOT)))
                .workers(Integer.parseInt(take(options, "workers", "4")));
        if (options.containsKey("reactors")) {
            loopBuilder.reactors(Integer.parseInt(options.remove("reactors")));
        }
        try (EventLoop loop = loopBuilder.build()) {
            Framing framing = framing(options);
            TcpServer.Builder server = TcpServer.builder(loop)
                    .name("echo")
                    .bind("127.0.0.1", Integer.parseInt(take(options, "port", "7001")))
                    .maxConnections(Integer.parseInt(take(options, "max-connections", "16384")))
                    .idleTimeout(duration(take(options, "idle-timeout", "5m")))
                    .stallTimeout(duration(take(options, "stall-timeout", "30s")))
                    .framing(framing)
                    .handler(framing == Framing.none() ? Connection::write : new FrameEcho());
            if (!options.isEmpty()) {
                throw new IllegalArgumentException(
                        "unknown options " + options.keySet() + "; see the head of EchoServer.java");
            }
            try (TcpServer started = server.start()) {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(loop)));
                InetSocketAddress address = (InetSocketAddress) started.localAddress();
                System.out.println("listening on " + address.getHostString() + ":" + address.getPort());
                started.awaitClose();
            }
        }
    }

    /** On SIGTERM and Ctrl-C: what was received is answered before the process ends. */
    private static void drain(EventLoop loop) {
        System.out.println(
                loop.shutdown(Duration.ofSeconds(10)).toCompletableFuture().join());
    }

    /** With framing a reply has to be framed, too. */
    private static final class FrameEcho implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer frame) {
            connection.writeFrame(frame);
        }
    }

    private static Framing framing(Map<String, String> options) {
        int maxFrame = Integer.parseInt(take(options, "max-frame", "1048576"));
        String kind = take(options, "framing", "none");
        return switch (kind) {
            case "none" -> Framing.none();
            case "line" -> Framing.lines().maxFrame(maxFrame);
            case "length4" -> Framing.lengthPrefixed(4).maxFrame(maxFrame);
            default -> throw new IllegalArgumentException("--framing=" + kind + " is none of none, line, length4");
        };
    }

    private static Duration duration(String text) {
        if (text.endsWith("ms")) {
            return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
        }
        String number = text.substring(0, text.length() - 1);
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(Long.parseLong(number));
            case 'm' -> Duration.ofMinutes(Long.parseLong(number));
            default -> text.equals("0") ? Duration.ZERO : Duration.parse(text);
        };
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
