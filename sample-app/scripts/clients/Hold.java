import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens connections from one local address and holds them, silent, until its input ends. One thread.
 *
 * <pre>
 *   java Hold.java host port connections local-address
 * </pre>
 */
public final class Hold {
    private Hold() {}

    public static void main(String[] args) throws IOException {
        InetSocketAddress server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        List<SocketChannel> held = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            SocketChannel channel = SocketChannel.open();
            channel.bind(new InetSocketAddress(args[3], 0));
            channel.connect(server);
            held.add(channel);
        }
        System.out.println("holding=" + held.size());
        while (System.in.read() >= 0) {
            // until the input ends
        }
        for (SocketChannel channel : held) {
            channel.close();
        }
    }
}
