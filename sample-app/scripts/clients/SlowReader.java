import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * Writes a stream of pseudo-random bytes to an echo server without a pause, begins to read the echo only after a delay, and
 * compares count and checksum of both directions. One thread writes, the main thread reads; the stream ends with a half-close.
 *
 * <pre>
 *   java SlowReader.java host port bytes delay-ms
 * </pre>
 */
public final class SlowReader {
    private static final int CHUNK = 64 * 1024;

    private SlowReader() {}

    public static void main(String[] args) throws Exception {
        long bytes = Long.parseLong(args[2]);
        long delayMillis = Long.parseLong(args[3]);
        try (Socket socket = new Socket(InetAddress.getByName(args[0]), Integer.parseInt(args[1]))) {
            socket.setSoTimeout(60_000);
            long start = System.nanoTime();
            CompletableFuture<CRC32C> written = CompletableFuture.supplyAsync(() -> write(socket, bytes));
            TimeUnit.MILLISECONDS.sleep(delayMillis);
            CRC32C read = new CRC32C();
            long count = read(socket, read);
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    "sent=%d sentCrc=%08x received=%d receivedCrc=%08x seconds=%.1f mibPerSecond=%.0f%n",
                    bytes, written.join().getValue(), count, read.getValue(), seconds, bytes / seconds / (1 << 20));
        }
    }

    private static long read(Socket socket, CRC32C checksum) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] chunk = new byte[CHUNK];
        long count = 0;
        for (int n; (n = in.read(chunk)) >= 0; count += n) {
            checksum.update(chunk, 0, n);
        }
        return count;
    }

    private static CRC32C write(Socket socket, long bytes) {
        CRC32C checksum = new CRC32C();
        byte[] chunk = new byte[CHUNK];
        long random = 0x9E3779B97F4A7C15L;
        try {
            OutputStream out = socket.getOutputStream();
            for (long left = bytes; left > 0; left -= CHUNK) {
                random = fill(chunk, random);
                int count = (int) Math.min(CHUNK, left);
                checksum.update(chunk, 0, count);
                out.write(chunk, 0, count);
            }
            socket.shutdownOutput();
            return checksum;
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /** Marsaglia's xorshift, eight bytes at a time: no two chunks of the stream are alike. */
    private static long fill(byte[] chunk, long seed) {
        long random = seed;
        for (int i = 0; i < chunk.length; i += 8) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            for (int k = 0; k < 8; k++) {
                chunk[i + k] = (byte) (random >>> (8 * k));
            }
        }
        return random;
    }
}
