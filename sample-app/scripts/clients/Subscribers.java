import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * Members of a chat's lobby that hear what Publisher.java says: each of them every line, in order and undamaged, or it is counted. One
 * thread.
 *
 * <pre>
 *   java Subscribers.java host port subscribers messages seconds
 * </pre>
 */
public final class Subscribers {
    private final int messages;
    private final Set<String> leavers = new TreeSet<>();
    private long received;
    private int complete;
    private int gaps;
    private int corrupt;
    private int gone;

    private Subscribers(int messages) {
        this.messages = messages;
    }

    public static void main(String[] args) throws IOException {
        int count = Integer.parseInt(args[2]);
        new Subscribers(Integer.parseInt(args[3]))
                .run(new InetSocketAddress(args[0], Integer.parseInt(args[1])), count, Long.parseLong(args[4]));
    }

    private void run(InetSocketAddress server, int count, long seconds) throws IOException {
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < count; i++) {
                SocketChannel channel = SocketChannel.open(server);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Member());
            }
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            boolean told = false;
            while (complete + gone < count && System.nanoTime() - deadline < 0) {
                selector.select(this::read, 100);
                if (!told && selector.keys().stream().allMatch(key -> ((Member) key.attachment()).joined)) {
                    told = true;
                    System.out.println("ready");
                }
            }
            // What is said of those who leave may come after the last message.
            for (int i = 0; i < 10; i++) {
                selector.select(this::read, 50);
            }
        }
        System.out.printf(
                "received=%d complete=%d gaps=%d corrupt=%d gone=%d left=%s%n",
                received, complete, gaps, corrupt, gone, leavers.isEmpty() ? "nobody" : String.join(",", leavers));
    }

    private void read(SelectionKey key) {
        Member member = (Member) key.attachment();
        try {
            ByteBuffer buffer = member.buffer;
            int n = ((SocketChannel) key.channel()).read(buffer);
            if (n < 0) {
                throw new IOException("the end of the stream");
            }
            member.lines();
        } catch (IOException e) {
            gone++;
            key.cancel();
        }
    }

    /** One subscriber; its buffer holds what is not a whole line yet, ready to be read into. */
    private final class Member {
        private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
        private boolean joined;
        private int next;

        void lines() {
            byte[] bytes = buffer.array();
            int start = 0;
            for (int i = 0; i < buffer.position(); i++) {
                if (bytes[i] == '\n') {
                    line(bytes, start, i);
                    start = i + 1;
                }
            }
            buffer.flip().position(start);
            buffer.compact();
        }

        private void line(byte[] bytes, int start, int end) {
            if (bytes[start] == '*') {
                notice(new String(bytes, start, end - start, StandardCharsets.UTF_8));
                return;
            }
            // The sender, the number, the checksum and the payload, with a space between them.
            String head = new String(bytes, start, Math.min(end - start, 60), StandardCharsets.UTF_8);
            String[] words = head.split(" ", 4);
            int number = Integer.parseInt(words[1]);
            int payload = start + words[0].length() + words[1].length() + words[2].length() + 3;
            CRC32C checksum = new CRC32C();
            checksum.update(bytes, payload, end - payload);
            corrupt += checksum.getValue() == Long.parseLong(words[2]) ? 0 : 1;
            gaps += number == next ? 0 : 1;
            next = number + 1;
            received++;
            complete += next == messages ? 1 : 0;
        }

        private void notice(String line) {
            joined = true;
            if (line.contains(" left: ")) {
                leavers.add(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
    }
}
