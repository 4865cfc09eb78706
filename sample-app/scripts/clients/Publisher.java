import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;

/**
 * Sends numbered lines with a checksum to a chat server at a fixed rate, and drops what comes back. The main thread writes, another
 * one reads.
 *
 * <pre>
 *   java Publisher.java host port messages bytes per-second
 * </pre>
 */
public final class Publisher {
    private Publisher() {}

    public static void main(String[] args) throws IOException {
        int messages = Integer.parseInt(args[2]);
        int bytes = Integer.parseInt(args[3]);
        long interval = 1_000_000_000L / Long.parseLong(args[4]);
        try (Socket socket = new Socket(InetAddress.getByName(args[0]), Integer.parseInt(args[1]))) {
            Thread reader = new Thread(() -> drop(socket));
            reader.setDaemon(true);
            reader.start();
            OutputStream out = socket.getOutputStream();
            SplittableRandom random = new SplittableRandom(1);
            long start = System.nanoTime();
            for (int i = 0; i < messages; i++) {
                for (long ahead; (ahead = start + i * interval - System.nanoTime()) > 0; ) {
                    LockSupport.parkNanos(ahead);
                }
                out.write(message(i, bytes, random));
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf("published=%d seconds=%.1f%n", messages, seconds);
            socket.shutdownOutput();
            reader.join(10_000);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] message(int number, int bytes, SplittableRandom random) {
        byte[] payload = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            payload[i] = (byte) ('a' + random.nextInt(26));
        }
        CRC32C checksum = new CRC32C();
        checksum.update(payload);
        String line = number + " " + checksum.getValue() + " " + new String(payload, StandardCharsets.US_ASCII) + "\n";
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    private static void drop(Socket socket) {
        byte[] dropped = new byte[64 * 1024];
        try {
            InputStream in = socket.getInputStream();
            int n = 0;
            while (n >= 0) {
                n = in.read(dropped);
            }
        } catch (IOException gone) {
            System.out.println("gone=" + gone.getMessage().replace(' ', '-'));
        }
    }
}
