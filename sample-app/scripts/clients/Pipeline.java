import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * One peer that sends requests without waiting for their answers, in bursts, one burst after the other until the time is over. One
 * thread writes, the main thread reads.
 *
 * <pre>
 *   java Pipeline.java host port requests-per-burst seconds
 * </pre>
 *
 * A request has 16 bytes: a length in four bytes, as length-prefixed framing has it, and a number that its echo must bear.
 */
public final class Pipeline {
    private static final int REQUEST = 16;

    private Pipeline() {}

    public static void main(String[] args) throws Exception {
        int requests = Integer.parseInt(args[2]);
        byte[] burst = burst(requests);
        try (Socket socket = new Socket(InetAddress.getByName(args[0]), Integer.parseInt(args[1]))) {
            socket.setSoTimeout(60_000);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            long start = System.nanoTime();
            long deadline = start + TimeUnit.SECONDS.toNanos(Long.parseLong(args[3]));
            long bursts = 0;
            System.out.println("ready");
            for (; System.nanoTime() - deadline < 0; bursts++) {
                CompletableFuture<Void> written = CompletableFuture.runAsync(() -> write(out, burst));
                check(in, burst);
                written.join();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf("bursts=%d perSecond=%.0f%n", bursts, bursts * requests / seconds);
        }
    }

    private static byte[] burst(int requests) {
        ByteBuffer buffer = ByteBuffer.allocate(requests * REQUEST);
        for (int i = 0; i < requests; i++) {
            buffer.putInt(REQUEST - 4).putInt(i).putLong(0x6d696c6c_696f0000L + i);
        }
        return buffer.array();
    }

    private static void write(OutputStream out, byte[] burst) {
        try {
            out.write(burst);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private static void check(InputStream in, byte[] burst) throws IOException {
        byte[] answers = new byte[64 * 1024];
        for (int position = 0; position < burst.length; ) {
            int count = in.read(answers, 0, Math.min(answers.length, burst.length - position));
            if (count < 0) {
                throw new IOException("the server has closed after " + position + " bytes of a burst");
            }
            for (int i = 0; i < count; i++, position++) {
                if (answers[i] != burst[position]) {
                    throw new IOException("byte " + position + " of the burst is not its echo");
                }
            }
        }
    }
}
