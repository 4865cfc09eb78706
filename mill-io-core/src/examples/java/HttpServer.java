import http.HttpHandler;
import http.PathResolver;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.SocketOptions;
import io.millio.net.TcpServer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Serves files and two computed pages over HTTP/1.1, to real clients and to hostile ones. The package {@code http} beside it has the
 * strict parser, the resolver of paths, and the conversation with a client; this class puts them on a loop.
 *
 * <pre>
 *   java -cp mill-io-core/target/classes:mill-io-core/target/example-classes HttpServer --port=8080 --root=docs
 *   curl -i http://127.0.0.1:8080/stats
 *
 *   --port=8080               0 lets the system choose
 *   --root=DIR                whose files are served, those without a dot before their name; none by default
 *   --dispatch=workers        direct | workers | virtual (JDK 21 or later)
 *   --reactors=1  --workers=4
 *   --max-connections=4096
 *   --head-timeout=10         seconds, from the first byte of a request to the end of its head
 *   --idle-timeout=75         seconds, longer than the proxies before it keep an idle connection
 *   --stall-timeout=30        seconds in which a client takes nothing of its answer
 *   --send-buffer=262144      bytes of the system's memory for each connection: what many clients that hardly read can fill
 * </pre>
 *
 * An option's value may also follow as the next argument.
 */
public final class HttpServer {
    private HttpServer() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        Dispatch dispatch =
                Dispatch.valueOf(take(options, "dispatch", "workers").toUpperCase(Locale.ROOT));
        String root = options.remove("root");
        EventLoop.Builder loopBuilder = EventLoop.builder()
                .name("http")
                .dispatch(dispatch)
                .workers(Integer.parseInt(take(options, "workers", "4")));
        if (options.containsKey("reactors")) {
            loopBuilder.reactors(Integer.parseInt(options.remove("reactors")));
        }
        try (EventLoop loop = loopBuilder.build()) {
            PathResolver files = root == null ? null : new PathResolver(Path.of(root));
            TcpServer.Builder server = TcpServer.builder(loop)
                    .name("http")
                    .bind("127.0.0.1", Integer.parseInt(take(options, "port", "8080")))
                    .maxConnections(Integer.parseInt(take(options, "max-connections", "4096")))
                    .idleTimeout(seconds(take(options, "idle-timeout", "75")))
                    .stallTimeout(seconds(take(options, "stall-timeout", "30")))
                    .socket(SocketOptions.defaults()
                            .sendBuffer(Integer.parseInt(take(options, "send-buffer", "262144"))))
                    .handler(new HttpHandler(loop, dispatch, files, seconds(take(options, "head-timeout", "10"))));
            if (!options.isEmpty()) {
                throw new IllegalArgumentException(
                        "unknown options " + options.keySet() + "; see the head of HttpServer.java");
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

    private static Duration seconds(String number) {
        return Duration.ofSeconds(Long.parseLong(number));
    }

    private static String take(Map<String, String> options, String name, String otherwise) {
        String value = options.remove(name);
        return value == null ? otherwise : value;
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < args.length; i++) {
            String[] parts = args[i].split("=", 2);
            if (!args[i].startsWith("--") || (parts.length != 2 && i + 1 == args.length)) {
                throw new IllegalArgumentException("'" + args[i] + "' is not of the form --name=value");
            }
            options.put(parts[0].substring(2), parts.length == 2 ? parts[1] : args[++i]);
        }
        return options;
    }
}
