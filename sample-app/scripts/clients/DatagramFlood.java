import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Datagrams at full rate to an echo, whose answers nobody reads. One thread.
 *
 * <pre>
 *   java DatagramFlood.java host port at-least seconds
 * </pre>
 *
 * First the greatest datagram there is makes a round trip. Then datagrams of 64 bytes are sent until there were so many and the time
 * is over.
 */
public final class DatagramFlood {
    private static final int GREATEST = 65_507;

    private DatagramFlood() {}

    public static void main(String[] args) throws IOException {
        InetSocketAddress server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        long atLeast = Long.parseLong(args[2]);
        long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(args[3]));
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.connect(server);
            boolean greatest = isAnswered(channel);
            System.out.println("ready");
            ByteBuffer data = ByteBuffer.allocateDirect(64);
            long start = System.nanoTime();
            long sent = 0;
            while (sent < atLeast || System.nanoTime() - start < nanos) {
                channel.write(data.clear());
                sent++;
            }
            System.out.printf(
                    "greatest=%s sent=%d perSecond=%.0f%n",
                    greatest ? "answered" : "changed", sent + 1, sent / ((System.nanoTime() - start) / 1e9));
        }
    }

    private static boolean isAnswered(DatagramChannel channel) throws IOException {
        byte[] question = new byte[GREATEST];
        for (int i = 0; i < question.length; i++) {
            question[i] = (byte) (i * 31 >> 3);
        }
        channel.write(ByteBuffer.wrap(question));
        ByteBuffer answer = ByteBuffer.allocate(GREATEST + 1);
        channel.read(answer);
        return Arrays.equals(question, Arrays.copyOf(answer.array(), answer.position()));
    }
}
