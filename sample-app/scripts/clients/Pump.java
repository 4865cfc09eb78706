import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * Sends messages over some connections as fast as the echo comes back, one under way on each. One thread. It opens its
 * connections, and then, for each line that it reads, sends so many messages and prints one line.
 *
 * <pre>
 *   java Pump.java host port connections message-bytes
 * </pre>
 */
public final class Pump {
    private final Selector selector;
    private final int bytes;
    private final ByteBuffer answers = ByteBuffer.allocateDirect(64 * 1024);
    private final ByteBuffer message;
    private long unsent;
    private long unanswered;

    private Pump(Selector selector, int bytes) {
        this.selector = selector;
        this.bytes = bytes;
        this.message = ByteBuffer.allocateDirect(bytes);
    }

    public static void main(String[] args) throws IOException {
        try (Selector selector = Selector.open()) {
            Pump pump = new Pump(selector, Integer.parseInt(args[3]));
            pump.connect(new InetSocketAddress(args[0], Integer.parseInt(args[1])), Integer.parseInt(args[2]));
            System.out.println("ready");
            for (String line = line(); line != null; line = line()) {
                long start = System.nanoTime();
                long messages = Long.parseLong(line.trim());
                pump.send(messages);
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        "done=%d seconds=%.1f perSecond=%.0f%n", messages, seconds, messages / seconds);
            }
        }
    }

    /** Unbuffered, so that nothing is read ahead; null at the end of the input. */
    private static String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c; (c = System.in.read()) != '\n'; line.append((char) c)) {
            if (c < 0) {
                return null;
            }
        }
        return line.toString();
    }

    private void connect(InetSocketAddress server, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new int[1]);
        }
    }

    private void send(long messages) throws IOException {
        unsent = messages;
        unanswered = messages;
        for (SelectionKey key : selector.keys()) {
            sendOne(key);
        }
        while (unanswered > 0) {
            if (selector.select(this::receive, 30_000) == 0) {
                throw new IOException(unanswered + " messages were not answered within 30 s");
            }
        }
    }

    private void sendOne(SelectionKey key) {
        if (unsent == 0) {
            return;
        }
        unsent--;
        ((int[]) key.attachment())[0] = bytes;
        try {
            message.clear();
            // A message is far smaller than a send buffer that is known to be empty.
            if (((SocketChannel) key.channel()).write(message) < bytes) {
                throw new IllegalStateException("a message of " + bytes + " bytes did not fit; make it smaller");
            }
        } catch (IOException e) {
            throw new IllegalStateException("the server has gone", e);
        }
    }

    private void receive(SelectionKey key) {
        int[] missing = (int[]) key.attachment();
        try {
            int count = ((SocketChannel) key.channel()).read(answers.clear());
            if (count < 0 || count > missing[0]) {
                throw new IllegalStateException(count + " bytes where " + missing[0] + " were missing");
            }
            missing[0] -= count;
        } catch (IOException e) {
            throw new IllegalStateException("the server has gone", e);
        }
        if (missing[0] == 0) {
            unanswered--;
            sendOne(key);
        }
    }
}
