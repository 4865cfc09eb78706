import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.Framing;
import io.millio.net.ServerStats;
import io.millio.net.TcpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * An echo server that counts its callbacks and says how many there were: a line with a number on its input is answered by a line
 * of counters that begins with the number. The handler is called by the reactor or the workers, the main thread reads the questions.
 *
 * <pre>
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/CountingServer.java --dispatch=direct
 *
 *   --dispatch=workers       direct | workers
 *   --framing=none           none | length4
 *   --idle-timeout=300  --stall-timeout=30     seconds
 *   --write-cap=4194304      bytes; the watermarks are an eighth and a quarter of it at most
 *   --greeting=no            yes: one byte to each new connection
 *   --reading=yes            no: reading from each connection is paused when it opens
 * </pre>
 */
public final class CountingServer {
    private CountingServer() {}

    public static void main(String[] args) throws IOException {
        Map<String, String> options = new HashMap<>(Map.of(
                "dispatch", "workers",
                "framing", "none",
                "idle-timeout", "300",
                "stall-timeout", "30",
                "write-cap", "4194304",
                "greeting", "no",
                "reading", "yes"));
        for (String arg : args) {
            String[] parts = arg.replaceFirst("^--", "").split("=", 2);
            if (parts.length != 2 || options.put(parts[0], parts[1]) == null) {
                throw new IllegalArgumentException("'" + arg + "' is none of the options of CountingServer.java");
            }
        }
        int cap = Integer.parseInt(options.get("write-cap"));
        boolean framed = options.get("framing").equals("length4");
        Counts counts = new Counts(
                framed, options.get("greeting").equals("yes"), options.get("reading").equals("yes"));
        Dispatch dispatch = Dispatch.valueOf(options.get("dispatch").toUpperCase(Locale.ROOT));
        try (EventLoop loop = EventLoop.builder().dispatch(dispatch).build();
                TcpServer server = TcpServer.builder(loop)
                        .name("counting")
                        .bind("127.0.0.1", 0)
                        .framing(framed ? Framing.lengthPrefixed(4) : Framing.none())
                        .idleTimeout(seconds(options.get("idle-timeout")))
                        .stallTimeout(seconds(options.get("stall-timeout")))
                        .writeBuffer(Math.min(32 * 1024, cap / 8), Math.min(64 * 1024, cap / 4), cap)
                        .handler(counts)
                        .start()) {
            System.out.println("listening on 127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort());
            BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
            for (String line = questions.readLine(); line != null; line = questions.readLine()) {
                System.out.println("stats=" + line + " " + counts.describe(loop, server.stats()));
            }
        }
    }

    private static Duration seconds(String text) {
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** The callbacks, counted; for any thread. */
    private static final class Counts implements ConnectionHandler {
        private final boolean framed;
        private final boolean greeting;
        private final boolean reading;
        private final AtomicLong opened = new AtomicLong();
        private final AtomicLong closed = new AtomicLong();
        private final AtomicLong closedAgain = new AtomicLong();

        Counts(boolean framed, boolean greeting, boolean reading) {
            this.framed = framed;
            this.greeting = greeting;
            this.reading = reading;
        }

        @Override
        public void onOpen(Connection connection) {
            opened.incrementAndGet();
            if (!reading) {
                connection.pauseReading();
            }
            if (greeting) {
                connection.write(ByteBuffer.wrap(new byte[] {'!'}));
            }
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (framed) {
                connection.writeFrame(data);
            } else {
                connection.write(data);
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            if (connection.attachment() != null) {
                closedAgain.incrementAndGet();
            }
            connection.attach(reason);
            closed.incrementAndGet();
        }

        String describe(EventLoop loop, ServerStats stats) {
            LoopStats.ReactorStats reactor = loop.stats().reactors().get(0);
            String reasons = stats.closed().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(entry -> " " + entry.getKey() + "=" + entry.getValue())
                    .collect(Collectors.joining());
            return "active=" + stats.active() + " accepted=" + stats.accepted() + " opened=" + opened + " closed="
                    + closed + " closedAgain=" + closedAgain + " pending=" + stats.pendingBytes() + " keys="
                    + reactor.keys() + " lagMaxMillis=" + reactor.lagMax().toMillis() + " errors=" + loop.stats().errors() + reasons;
        }
    }
}
