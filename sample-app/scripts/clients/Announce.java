import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Peers that announce a frame of a certain length, send eight bytes of it, and wait until the input of this process ends. One thread.
 *
 * <pre>
 *   java Announce.java host port peers length
 * </pre>
 */
public final class Announce {
    private Announce() {}

    public static void main(String[] args) throws IOException {
        InetSocketAddress server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        ByteBuffer frame = ByteBuffer.allocate(12).putInt(0, Integer.parseInt(args[3]));
        List<SocketChannel> peers = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.write(frame.clear());
            peers.add(channel);
        }
        System.out.println("announced=" + peers.size());
        while (System.in.read() >= 0) {
            // until the input ends
        }
        for (SocketChannel channel : peers) {
            channel.close();
        }
    }
}
