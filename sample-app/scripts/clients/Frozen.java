import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Peers of a server whose process is stopped for longer than its time-outs, and what becomes of them. One thread, told by lines on
 * its input what to do next: {@code speak} while the server is stopped, {@code look} when it runs again.
 *
 * <pre>
 *   java Frozen.java host port
 * </pre>
 *
 * Three kinds of peers. 2 000 <em>speakers</em> send a message while the server is stopped, so that their data wait when it wakes:
 * more than a selector hands out at a time. 50 <em>readers</em> have let the server's output pile up before, and read it while the
 * server is stopped, so that its sockets have room when it wakes. 50 <em>silent</em> ones do nothing and are to be timed out.
 */
public final class Frozen {
    private static final int SPEAKERS = 2_000;
    private static final int OTHERS = 50;

    private final InetSocketAddress server;
    private final List<SocketChannel> speakers = new ArrayList<>();
    private final List<SocketChannel> readers = new ArrayList<>();
    private final List<SocketChannel> silent = new ArrayList<>();
    private final List<Long> owed = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);

    private Frozen(InetSocketAddress server) {
        this.server = server;
    }

    public static void main(String[] args) throws IOException {
        Frozen run = new Frozen(new InetSocketAddress(args[0], Integer.parseInt(args[1])));
        run.connect();
        System.out.println("ready");
        expect("speak");
        run.speak();
        System.out.println("spoken");
        expect("look");
        run.look();
    }

    private static void expect(String word) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c; (c = System.in.read()) != '\n'; line.append((char) c)) {
            if (c < 0) {
                throw new IOException("the input ended before '" + word + "'");
            }
        }
        if (!line.toString().equals(word)) {
            throw new IOException("'" + line + "' where '" + word + "' was expected");
        }
    }

    private SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 8192);
        channel.connect(server);
        return channel;
    }

    private void connect() throws IOException {
        for (int i = 0; i < SPEAKERS; i++) {
            speakers.add(open());
        }
        for (int i = 0; i < OTHERS; i++) {
            silent.add(open());
            readers.add(open());
        }
        greet();
        for (SocketChannel channel : readers) {
            owed.add(pileUp(channel));
        }
        // Again, for all this may have taken long, and none must be idle before the server is stopped.
        greet();
    }

    private void greet() throws IOException {
        for (SocketChannel channel : speakers) {
            say(channel);
            readFully(channel);
        }
    }

    /** Writes until the server takes no more for a moment; the count of bytes. */
    private long pileUp(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        long bytes = 0;
        long quietSince = System.nanoTime();
        while (System.nanoTime() - quietSince < TimeUnit.MILLISECONDS.toNanos(20)) {
            int count = channel.write(buffer.clear());
            if (count > 0) {
                bytes += count;
                quietSince = System.nanoTime();
            }
        }
        return bytes;
    }

    private void say(SocketChannel channel) throws IOException {
        channel.write(buffer.clear().limit(16));
    }

    private void readFully(SocketChannel channel) throws IOException {
        buffer.clear().limit(16);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // until the echo is here
        }
    }

    private void speak() throws IOException {
        for (SocketChannel channel : speakers) {
            say(channel);
            channel.configureBlocking(false);
        }
        // For a while: the system wakes a server only once a good part of what it took is gone.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (System.nanoTime() - deadline < 0) {
            for (int i = 0; i < OTHERS; i++) {
                owed.set(i, owed.get(i) - drain(readers.get(i), 0));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Reads what is there, or comes before the deadline; ends at the end of the stream or, once so many bytes came, with them. */
    private long drain(SocketChannel channel, long wanted) throws IOException {
        long bytes = 0;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(wanted > 0 ? 20 : 0);
        while (true) {
            int count = channel.read(buffer.clear());
            if (count < 0) {
                return bytes;
            }
            bytes += count;
            if (count == 0 && (bytes >= wanted || System.nanoTime() - deadline > 0)) {
                return bytes;
            }
        }
    }

    private void look() {
        int answered = 0;
        for (SocketChannel channel : speakers) {
            answered += received(channel, 16) ? 1 : 0;
        }
        int whole = 0;
        for (int i = 0; i < OTHERS; i++) {
            whole += received(readers.get(i), owed.get(i)) ? 1 : 0;
        }
        System.out.printf("speakers=%d answered=%d readers=%d whole=%d%n", SPEAKERS, answered, OTHERS, whole);
        int ended = 0;
        for (SocketChannel channel : silent) {
            ended += isEnded(channel) ? 1 : 0;
        }
        System.out.printf("silent=%d ended=%d%n", OTHERS, ended);
    }

    private boolean received(SocketChannel channel, long bytes) {
        try {
            return drain(channel, bytes) == bytes;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isEnded(SocketChannel channel) {
        try {
            channel.socket().setSoTimeout(20_000);
            return channel.socket().getInputStream().read() < 0;
        } catch (IOException e) {
            return false;
        }
    }
}
