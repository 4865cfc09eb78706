import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * Peers that write whatever the server takes and never read a byte, until the server resets them or the time is over. One thread.
 *
 * <pre>
 *   java NeverRead.java host port peers seconds
 * </pre>
 */
public final class NeverRead {
    private final ByteBuffer data = ByteBuffer.allocateDirect(64 * 1024);
    private long written;
    private int reset;

    private NeverRead() {}

    public static void main(String[] args) throws IOException {
        new NeverRead()
                .run(
                        new InetSocketAddress(args[0], Integer.parseInt(args[1])),
                        Integer.parseInt(args[2]),
                        Long.parseLong(args[3]));
    }

    private void run(InetSocketAddress server, int peers, long seconds) throws IOException {
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < peers; i++) {
                SocketChannel channel = SocketChannel.open();
                // The less the kernel takes, the more of the echo the server has to hold.
                channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
                channel.connect(server);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_WRITE);
            }
            System.out.println("ready");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (reset < peers && System.nanoTime() - deadline < 0) {
                selector.select(this::write, 100);
            }
            System.out.printf("peers=%d reset=%d writtenMiB=%d%n", peers, reset, written >> 20);
        }
    }

    /** A reset makes a socket writable, and the write fail. */
    private void write(SelectionKey key) {
        try {
            written += ((SocketChannel) key.channel()).write(data.clear());
        } catch (IOException gone) {
            reset++;
            key.cancel();
        }
    }
}
