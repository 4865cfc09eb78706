import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Peers one after the other, each with a loopback address of its own, that say a line to each of some servers and wait for one. One
 * thread.
 *
 * <pre>
 *   java Peers first number port...
 * </pre>
 */
public final class Peers {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":1}\n";

    private Peers() {}

    public static void main(String[] args) throws Exception {
        int first = Integer.parseInt(args[0]);
        int number = Integer.parseInt(args[1]);
        int answered = 0;
        for (int peer = first; peer < first + number; peer++) {
            for (int i = 2; i < args.length; i++) {
                answered += isAnswered(peer, Integer.parseInt(args[i])) ? 1 : 0;
            }
        }
        System.out.printf("answered=%d%n", answered);
    }

    private static boolean isAnswered(int peer, int port) {
        try (Socket socket = new Socket()) {
            byte[] own = {127, (byte) (1 + peer / 62_500), (byte) (peer / 250 % 250), (byte) (1 + peer % 250)};
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(own), 0));
            socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(PING.getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine()
                    != null;
        } catch (IOException unanswered) {
            System.err.println(unanswered);
            return false;
        }
    }
}
