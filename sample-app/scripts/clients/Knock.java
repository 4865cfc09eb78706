import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * Clients that connect to a server that cannot accept them yet, send a byte and wait for its echo: the kernel completes their
 * connections, so they wait in its queue. Prints when the first and when the last was answered, by the clock of the wall. One thread.
 *
 * <pre>
 *   java Knock.java host port clients seconds
 * </pre>
 */
public final class Knock {
    private long first;
    private long last;
    private int answered;

    private Knock() {}

    public static void main(String[] args) throws IOException {
        new Knock()
                .run(
                        new InetSocketAddress(args[0], Integer.parseInt(args[1])),
                        Integer.parseInt(args[2]),
                        Long.parseLong(args[3]));
    }

    private void run(InetSocketAddress server, int clients, long seconds) throws IOException {
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < clients; i++) {
                SocketChannel channel = SocketChannel.open(server);
                channel.write(ByteBuffer.wrap(new byte[] {1}));
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
            }
            System.out.println("ready");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (answered < clients && System.nanoTime() - deadline < 0) {
                selector.select(this::receive, 100);
            }
            System.out.printf("answered=%d first=%d last=%d%n", answered, first, last);
        }
    }

    private void receive(SelectionKey key) {
        try {
            if (((SocketChannel) key.channel()).read(ByteBuffer.allocate(1)) == 1) {
                last = System.currentTimeMillis();
                first = answered++ == 0 ? last : first;
            }
        } catch (IOException e) {
            System.err.println(e);
        }
        key.cancel();
    }
}
