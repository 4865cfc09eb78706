import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Connections that each send one message at a fixed interval, and how long they wait for the echo. One thread.
 *
 * <pre>
 *   java Paced.java host port connections interval-ms seconds
 * </pre>
 *
 * Times count from the moment at which a message was due, not from when it was sent, so that a server that stalls cannot hide it
 * by keeping the next message from being sent. A message has 32 bytes and begins with the length of its rest in four bytes: it is the
 * same for servers without framing and with a length prefix. The first tenth of the time is warm-up and not counted.
 */
public final class Paced {
    private static final int MESSAGE = 32;

    private final Selector selector;
    private final List<Peer> peers = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    private final long intervalNanos;
    private final long countFrom;
    private long[] nanos = new long[1 << 16];
    private int count;

    private Paced(Selector selector, long intervalNanos, long countFrom) {
        this.selector = selector;
        this.intervalNanos = intervalNanos;
        this.countFrom = countFrom;
    }

    public static void main(String[] args) throws IOException {
        int connections = Integer.parseInt(args[2]);
        long interval = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[3]));
        long duration = TimeUnit.SECONDS.toNanos(Long.parseLong(args[4]));
        try (Selector selector = Selector.open()) {
            Paced paced = new Paced(selector, interval, System.nanoTime() + duration / 10);
            paced.connect(new InetSocketAddress(args[0], Integer.parseInt(args[1])), connections);
            System.out.println("ready");
            paced.run(System.nanoTime() + duration);
            paced.report();
        }
    }

    private void connect(InetSocketAddress server, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Peer peer = new Peer(channel, System.nanoTime() + intervalNanos * i / connections);
            channel.register(selector, SelectionKey.OP_READ, peer);
            peers.add(peer);
        }
    }

    private void run(long until) throws IOException {
        for (long now = System.nanoTime(); now - until < 0; now = System.nanoTime()) {
            long next = until;
            for (Peer peer : peers) {
                if (peer.missing == 0 && now - peer.due >= 0) {
                    send(peer);
                }
                if (peer.missing == 0 && peer.due - next < 0) {
                    next = peer.due;
                }
            }
            long wait = TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime());
            if (wait > 0) {
                selector.select(this::receive, wait);
            } else {
                selector.selectNow(this::receive);
            }
        }
    }

    private void send(Peer peer) throws IOException {
        buffer.clear().limit(MESSAGE).putInt(0, MESSAGE - 4);
        peer.channel.write(buffer);
        peer.missing = MESSAGE;
    }

    private void receive(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        try {
            int read = peer.channel.read(buffer.clear());
            if (read < 0) {
                peer.gone = true;
                key.cancel();
                return;
            }
            peer.missing -= read;
        } catch (IOException e) {
            peer.gone = true;
            key.cancel();
            return;
        }
        if (peer.missing == 0) {
            record(peer.due);
            peer.due += intervalNanos;
        }
    }

    private void record(long due) {
        long now = System.nanoTime();
        if (now - countFrom > 0) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, count * 2);
            }
            nanos[count++] = now - due;
        }
    }

    private void report() {
        long end = System.nanoTime();
        int waiting = 0;
        for (Peer peer : peers) {
            if (peer.missing > 0 && !peer.gone) {
                waiting += end - peer.due > TimeUnit.SECONDS.toNanos(1) ? 1 : 0;
            }
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        System.out.printf(
                "answered=%d p50=%.2f p99=%.2f max=%.1f unanswered=%d gone=%d%n",
                count,
                millis(sorted, 0.50),
                millis(sorted, 0.99),
                millis(sorted, 1),
                waiting,
                peers.stream().filter(peer -> peer.gone).count());
    }

    private static double millis(long[] sorted, double quantile) {
        return sorted.length == 0 ? -1 : sorted[(int) ((sorted.length - 1) * quantile)] / 1e6;
    }

    /** One connection, due to send again, or with bytes of the echo missing. */
    private static final class Peer {
        private final SocketChannel channel;
        private long due;
        private int missing;
        private boolean gone;

        Peer(SocketChannel channel, long due) {
            this.channel = channel;
            this.due = due;
        }
    }
}
