import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;

/**
 * Clients one after the other, each of which connects, writes at once, and waits for the echo. One thread.
 *
 * <pre>
 *   java OneByOne.java host port clients
 * </pre>
 */
public final class OneByOne {
    private static final int TIMEOUT_MILLIS = 5_000;

    private OneByOne() {}

    public static void main(String[] args) throws Exception {
        InetAddress host = InetAddress.getByName(args[0]);
        int port = Integer.parseInt(args[1]);
        int clients = Integer.parseInt(args[2]);
        int answered = 0;
        long worst = 0;
        long start = System.nanoTime();
        for (int i = 0; i < clients; i++) {
            long before = System.nanoTime();
            if (isAnswered(host, port, message(i))) {
                answered++;
            }
            worst = Math.max(worst, System.nanoTime() - before);
        }
        System.out.printf(
                "clients=%d answered=%d worstMillis=%.1f seconds=%.1f%n",
                clients, answered, worst / 1e6, (System.nanoTime() - start) / 1e9);
    }

    private static boolean isAnswered(InetAddress host, int port, byte[] message) {
        try (Socket socket = new Socket(host, port)) {
            socket.getOutputStream().write(message);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return Arrays.equals(message, socket.getInputStream().readNBytes(message.length));
        } catch (IOException unanswered) {
            System.err.println(unanswered);
            return false;
        }
    }

    /** 1 to 64 bytes that tell one client from the next. */
    private static byte[] message(int client) {
        byte[] message = new byte[1 + client % 64];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) (client * 31 + i);
        }
        return message;
    }
}
