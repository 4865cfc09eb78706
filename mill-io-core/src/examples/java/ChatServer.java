import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionGroup;
import io.millio.net.ConnectionHandler;
import io.millio.net.Framing;
import io.millio.net.TcpServer;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Rooms in which everybody hears everybody: a line goes to all in the sender's room, its sender included. {@code /join name} changes
 * the room, {@code /all text} reaches every room. Who reads too slowly is cut at the cap of its own connection, and delays nobody.
 *
 * <pre>
 *   java -cp mill-io-core/target/mill-io-core-&lt;version&gt;.jar mill-io-core/src/examples/java/ChatServer.java --port=7004
 *   nc 127.0.0.1 7004
 *
 *   --port=7004               0 lets the system choose
 *   --dispatch=workers        direct | workers | virtual (JDK 21 or later)
 *   --workers=4
 *   --max-connections=16384
 * </pre>
 */
public final class ChatServer implements ConnectionHandler {
    /** Bytes of a line. What comes of it, with the sender before it, stays below what the framing takes. */
    private static final int MAX_LINE = 4096;

    private TcpServer server;

    private ChatServer() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        EventLoop.Builder loopBuilder = EventLoop.builder()
                .name("chat")
                .dispatch(Dispatch.valueOf(take(options, "dispatch", "workers").toUpperCase(Locale.ROOT)))
                .workers(Integer.parseInt(take(options, "workers", "4")));
        ChatServer chat = new ChatServer();
        try (EventLoop loop = loopBuilder.build()) {
            TcpServer.Builder builder = TcpServer.builder(loop)
                    .name("chat")
                    .bind("127.0.0.1", Integer.parseInt(take(options, "port", "7004")))
                    .maxConnections(Integer.parseInt(take(options, "max-connections", "16384")))
                    .framing(Framing.lines().maxFrame(4 * MAX_LINE))
                    .handler(chat);
            if (!options.isEmpty()) {
                throw new IllegalArgumentException(
                        "unknown options " + options.keySet() + "; see the head of ChatServer.java");
            }
            // Built first and started then: the handler needs the server from its first callback on.
            try (TcpServer built = builder.build()) {
                chat.server = built;
                built.start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> loop.shutdown(Duration.ofSeconds(10))
                        .toCompletableFuture()
                        .join()));
                InetSocketAddress address = (InetSocketAddress) built.localAddress();
                System.out.println("listening on " + address.getHostString() + ":" + address.getPort());
                built.awaitClose();
            }
        }
    }

    @Override
    public void onOpen(Connection connection) {
        enter(connection, "lobby");
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        boolean tooLong = data.remaining() > MAX_LINE;
        String line = text(data).strip();
        if (tooLong) {
            connection.writeFrame(bytes("* a line may have " + MAX_LINE + " bytes"));
        } else if (line.startsWith("/join ")) {
            room(connection).remove(connection);
            enter(connection, line.substring("/join ".length()).strip());
        } else if (line.startsWith("/all ")) {
            say(server.connections(), who(connection) + ": " + line.substring("/all ".length()));
        } else {
            say(room(connection), who(connection) + ": " + line);
        }
    }

    /** At the end of the server nobody needs to be told. */
    @Override
    public void onClose(Connection connection, CloseReason reason) {
        if (reason != CloseReason.DRAINED) {
            say(room(connection), "* " + who(connection) + " left: " + reason);
        }
    }

    /** One handler serves all connections, so the name of the room is kept with each. */
    private void enter(Connection connection, String name) {
        String room = name.substring(0, Math.min(name.length(), 32));
        connection.attach(room);
        room(connection).add(connection);
        say(room(connection), "* " + who(connection) + " joined " + room);
    }

    private ConnectionGroup room(Connection connection) {
        String name = connection.attachment();
        return server.group(name);
    }

    private static void say(ConnectionGroup receivers, String text) {
        receivers.broadcastFrame(bytes(text));
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private static ByteBuffer bytes(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }

    private static String who(Connection connection) {
        return "#" + connection.id();
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
