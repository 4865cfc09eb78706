import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that connect, wait for the server's greeting, send a few bytes, and leave rudely: by a reset, or by a FIN and a reset right
 * behind it. Some threads, each with one client after the other.
 *
 * <pre>
 *   java Resets.java host port resets fin-then-resets threads
 * </pre>
 */
public final class Resets {
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final byte[] BYTES = new byte[100];

    private final InetAddress host;
    private final int port;
    private final AtomicInteger left;
    private final int resets;
    private final AtomicInteger greeted = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    private Resets(InetAddress host, int port, int resets, int finResets) {
        this.host = host;
        this.port = port;
        this.resets = resets;
        this.left = new AtomicInteger(resets + finResets);
    }

    public static void main(String[] args) throws Exception {
        Resets run = new Resets(
                InetAddress.getByName(args[0]),
                Integer.parseInt(args[1]),
                Integer.parseInt(args[2]),
                Integer.parseInt(args[3]));
        long start = System.nanoTime();
        Thread[] threads = new Thread[Integer.parseInt(args[4])];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(run::clients);
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.printf(
                "greeted=%d failed=%d seconds=%.1f%n",
                run.greeted.get(), run.failed.get(), (System.nanoTime() - start) / 1e9);
    }

    private void clients() {
        for (int n = left.getAndDecrement(); n > 0; n = left.getAndDecrement()) {
            try {
                client(n > resets, n % 2 == 0);
                greeted.incrementAndGet();
            } catch (IOException e) {
                System.err.println(e);
                failed.incrementAndGet();
            }
        }
    }

    private void client(boolean finFirst, boolean sends) throws IOException {
        try (Socket socket = new Socket(host, port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            if (socket.getInputStream().read() != '!') {
                throw new IOException("no greeting");
            }
            if (sends) {
                socket.getOutputStream().write(BYTES);
            }
            if (finFirst) {
                socket.shutdownOutput();
            }
            socket.setSoLinger(true, 0);
        }
    }
}
