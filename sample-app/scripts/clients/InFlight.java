import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends one line on each of many connections, spread over some ports, sends SIGTERM to the server, and reads what comes until the end.
 *
 * <pre>
 *   java InFlight.java server-pid connections port...
 * </pre>
 *
 * What was written before the signal lies in the server's sockets, for loopback has no other place to keep it; so each line has to
 * come back ({@code lost} and {@code wrong} are 0) and the stream to end with a FIN ({@code reset} is 0). Of each port it tells after
 * how long nobody was let in any more ({@code refused}), and of all when the last answer was complete ({@code last}).
 */
public final class InFlight {
    private static final int TIMEOUT_MILLIS = 60_000;

    private InFlight() {}

    public static void main(String[] args) throws Exception {
        ProcessHandle server = ProcessHandle.of(Long.parseLong(args[0])).orElseThrow();
        int ports = args.length - 2;
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            sockets.add(connect(Integer.parseInt(args[2 + i % ports])));
            sockets.get(i).getOutputStream().write((i + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        long start = System.nanoTime();
        server.destroy();
        int refused = 0;
        for (int i = 0; i < ports; i++) {
            refused += awaitRefusal(Integer.parseInt(args[2 + i]), start) ? 1 : 0;
        }
        long closed = millisSince(start);
        int lost = 0;
        int wrong = 0;
        int reset = 0;
        for (int i = 0; i < sockets.size(); i++) {
            try (Socket socket = sockets.get(i)) {
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                lost += answer.isEmpty() ? 1 : 0;
                wrong += answer.isEmpty() || answer.equals(i + "\n") ? 0 : 1;
            } catch (IOException e) {
                reset++;
            }
        }
        System.out.println("lost=" + lost + " wrong=" + wrong + " reset=" + reset + " refused=" + refused + " closed="
                + closed + " last=" + millisSince(start));
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    private static boolean awaitRefusal(int port, long start) {
        while (millisSince(start) < TIMEOUT_MILLIS) {
            try {
                connect(port).close();
            } catch (IOException e) {
                return true;
            }
        }
        return false;
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }
}
