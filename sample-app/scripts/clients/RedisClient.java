import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.Framing;
import io.millio.net.TcpClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Counts in a Redis server by pipelined INCRs, each reply to which must be one more than the one before: a million at once over one
 * connection, or a few at a time for as long as there is input, over a connection that is made anew whenever it ends.
 *
 * <pre>
 *   java RedisClient.java pipeline  host port dispatch commands
 *   java RedisClient.java reconnect host port dispatch            prints a line with each first reply of a connection
 * </pre>
 */
public final class RedisClient {
    private RedisClient() {}

    public static void main(String[] args) throws Exception {
        Dispatch dispatch = Dispatch.valueOf(args[3].toUpperCase(Locale.ROOT));
        boolean once = args[0].equals("pipeline");
        Counting counting = new Counting(once ? Integer.parseInt(args[4]) : Integer.MAX_VALUE, !once);
        try (EventLoop loop = EventLoop.builder().name("redis").dispatch(dispatch).build()) {
            TcpClient.Builder builder = TcpClient.builder(loop)
                    .name("redis")
                    .connectTo(args[1], Integer.parseInt(args[2]))
                    .connectTimeout(Duration.ofSeconds(1))
                    .framing(Framing.lines())
                    .handler(counting);
            if (!once) {
                builder.reconnect(Duration.ofMillis(20), Duration.ofMillis(500));
            }
            try (TcpClient client = builder.build()) {
                long start = System.nanoTime();
                CompletableFuture<Connection> first = client.connect();
                first.get(30, TimeUnit.SECONDS);
                if (once) {
                    counting.all.get(120, TimeUnit.SECONDS);
                } else {
                    while (System.in.read() >= 0) {
                        // until the script has seen enough
                    }
                }
                System.out.printf(
                        "replies=%d disordered=%d opened=%d closed=%d failed=%s seconds=%.2f%n",
                        counting.replies,
                        counting.disordered,
                        client.stats().opened(),
                        counting.closed,
                        client.stats().failed().getOrDefault("refused", 0L),
                        (System.nanoTime() - start) / 1e9);
            }
        }
    }

    /** One connection at a time, hence one handler with its state in itself; figures are read when nothing moves any more. */
    private static final class Counting implements ConnectionHandler {
        private static final int AT_A_TIME = 100;

        private final CompletableFuture<Integer> all = new CompletableFuture<>();
        private final int commands;
        private final boolean slowly;
        private int sent;
        private int outstanding;
        private long last;
        private boolean fresh;
        private volatile int replies;
        private volatile int disordered;
        private volatile int closed;

        Counting(int commands, boolean slowly) {
            this.commands = commands;
            this.slowly = slowly;
        }

        @Override
        public void onOpen(Connection connection) {
            sent = 0;
            fresh = true;
            outstanding = AT_A_TIME;
            send(connection, slowly ? AT_A_TIME : commands);
        }

        @Override
        public void onWritable(Connection connection) {
            send(connection, slowly ? AT_A_TIME : commands);
        }

        private void send(Connection connection, int most) {
            for (int i = 0; i < most && sent < commands && connection.isWritable(); i++) {
                connection.write(StandardCharsets.US_ASCII.encode("INCR counter\r\n"));
                sent++;
            }
        }

        /** What a server has counted that was killed is unknown; within a connection no number is left out. */
        @Override
        public void onData(Connection connection, ByteBuffer line) {
            String reply = StandardCharsets.US_ASCII.decode(line).toString();
            long value = reply.startsWith(":") ? Long.parseLong(reply.substring(1)) : -1;
            if (value < 0 || (!fresh && value != last + 1)) {
                disordered++;
                System.err.println("after " + last + " came " + reply);
            }
            if (fresh && slowly) {
                System.out.println("up=" + (closed + 1) + " at=" + System.currentTimeMillis());
            }
            fresh = false;
            last = value;
            if (++replies == commands) {
                all.complete(replies);
            } else if (slowly && --outstanding == 0) {
                outstanding = AT_A_TIME;
                send(connection, AT_A_TIME);
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            closed++;
            all.completeExceptionally(new IllegalStateException("closed: " + reason));
        }
    }
}
