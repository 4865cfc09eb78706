import io.millio.loop.EventLoop;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.Framing;
import io.millio.net.TcpClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends lines to a server that echoes them, as EchoServer does, and counts what comes back in order.
 *
 * <pre>
 *   java -cp mill-io-core/target/mill-io-core-&lt;version&gt;.jar mill-io-core/src/examples/java/Client.java --port=7001
 *
 *   --host=127.0.0.1  --port=7001
 *   --message=hello           sent as a line, with its number before it
 *   --count=10                lines, sent without waiting for the replies
 *   --connect-timeout=5000    milliseconds, with the lookup of the name
 *   --timeout=30              seconds for everything
 * </pre>
 */
public final class Client {
    private Client() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        String host = take(options, "host", "127.0.0.1");
        int port = Integer.parseInt(take(options, "port", "7001"));
        String message = take(options, "message", "hello");
        int count = Integer.parseInt(take(options, "count", "10"));
        Duration connectTimeout = Duration.ofMillis(Long.parseLong(take(options, "connect-timeout", "5000")));
        long timeout = Long.parseLong(take(options, "timeout", "30"));
        if (!options.isEmpty()) {
            throw new IllegalArgumentException("unknown options " + options.keySet() + "; see the head of Client.java");
        }
        Replies replies = new Replies(message, count);
        try (EventLoop loop = EventLoop.builder().name("client").build();
                TcpClient client = TcpClient.builder(loop)
                        .connectTo(host, port)
                        .connectTimeout(connectTimeout)
                        .framing(Framing.lines())
                        .handler(replies)
                        .build()) {
            Connection connection = client.connect().get();
            System.out.println("connected to " + connection.remoteAddress());
            System.out.println(replies.all.get(timeout, TimeUnit.SECONDS) + " replies, in order");
        }
    }

    /** Writes as long as the connection takes it, and goes on when it takes more; its callbacks come one at a time. */
    private static final class Replies implements ConnectionHandler {
        private final CompletableFuture<Integer> all = new CompletableFuture<>();
        private final String message;
        private final int count;
        private int sent;
        private int received;

        Replies(String message, int count) {
            this.message = message;
            this.count = count;
        }

        @Override
        public void onOpen(Connection connection) {
            send(connection);
        }

        @Override
        public void onWritable(Connection connection) {
            send(connection);
        }

        private void send(Connection connection) {
            while (sent < count && connection.isWritable()) {
                connection.writeFrame(StandardCharsets.UTF_8.encode(line(sent++)));
            }
        }

        private String line(int number) {
            return number + " " + message;
        }

        @Override
        public void onData(Connection connection, ByteBuffer reply) {
            String expected = line(received++);
            String line = StandardCharsets.UTF_8.decode(reply).toString();
            if (!line.equals(expected)) {
                throw new IllegalStateException("expected '" + expected + "' and got '" + line + "'");
            }
            if (received == count) {
                all.complete(count);
            }
        }

        @Override
        public void onError(Connection connection, Throwable error) {
            all.completeExceptionally(error);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            all.completeExceptionally(
                    new IllegalStateException("the connection ended after " + received + " replies: " + reason));
        }
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
