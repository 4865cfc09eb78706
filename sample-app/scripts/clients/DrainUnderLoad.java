import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Many clients that send messages of a fixed size to an echo server and go on until they see its FIN; after a while the process
 * sends SIGTERM to the server and later says what became of the messages. One thread for each client; half of the clients wait
 * for each answer, the others keep 16 messages under way.
 *
 * <pre>
 *   java DrainUnderLoad.java host port server-pid clients load-ms
 * </pre>
 *
 * Which messages has the server received completely? A message that a client has written before the signal was sent has left
 * for the server's socket, for loopback has no other place to keep it (16 messages are 4 KiB, far below any window); a drain that
 * begins later has to find it there. So {@code lost} counts the messages that were written before the signal and not answered: it
 * must be 0. Messages written after the signal may or may not have been read before the server stopped to; for them holds that
 * the answers are a prefix of what was sent ({@code wrong} is 0) and that the stream ends with a FIN ({@code fin}) and not by a
 * reset ({@code reset}), which would take answers with it that were on their way.
 */
public final class DrainUnderLoad {
    private static final int MESSAGE = 256;
    private static final int PIPELINED = 16;
    private static final int TIMEOUT_MILLIS = 60_000;

    private DrainUnderLoad() {}

    public static void main(String[] args) throws Exception {
        InetAddress host = InetAddress.getByName(args[0]);
        ProcessHandle server = ProcessHandle.of(Long.parseLong(args[2])).orElseThrow();
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[3]); i++) {
            clients.add(new Client(new Socket(host, Integer.parseInt(args[1])), i, i % 2 == 0 ? 1 : PIPELINED));
        }
        List<Thread> threads = new ArrayList<>();
        clients.forEach(client -> threads.add(new Thread(client)));
        threads.forEach(Thread::start);
        awaitAnswers(clients);
        TimeUnit.MILLISECONDS.sleep(Long.parseLong(args[4]));

        long[] before = clients.stream().mapToLong(client -> client.written).toArray();
        long signalled = System.currentTimeMillis();
        if (!server.destroy()) {
            throw new IllegalStateException("the server " + server.pid() + " takes no signal");
        }
        for (Thread thread : threads) {
            thread.join();
        }
        report(clients, before, signalled);
    }

    private static void awaitAnswers(List<Client> clients) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (clients.stream().anyMatch(client -> client.answered < MESSAGE)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("not every client was answered within 30 s");
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static void report(List<Client> clients, long[] before, long signalled) {
        long lost = 0;
        long after = 0;
        for (int i = 0; i < before.length; i++) {
            Client client = clients.get(i);
            lost += Math.max(0, before[i] / MESSAGE - client.answered / MESSAGE);
            after += Math.max(0, (client.answered - before[i]) / MESSAGE);
        }
        System.out.printf(
                "fin=%d reset=%d wrong=%d lost=%d answered=%d answeredAfterSignal=%d signalled=%d%n",
                clients.stream().filter(client -> client.end == End.FIN).count(),
                clients.stream().filter(client -> client.end == End.RESET).count(),
                clients.stream().filter(client -> client.end == End.WRONG).count(),
                lost,
                clients.stream().mapToLong(client -> client.answered / MESSAGE).sum(),
                after,
                signalled);
    }

    private enum End {
        FIN,
        RESET,
        WRONG
    }

    /** Owned by its own thread; the counts are read by the main thread. */
    private static final class Client implements Runnable {
        private final Socket socket;
        private final int id;
        private final int window;
        private volatile long written;
        private volatile long answered;
        private volatile End end = End.RESET;

        Client(Socket socket, int id, int window) throws IOException {
            this.socket = socket;
            this.id = id;
            this.window = window * MESSAGE;
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }

        @Override
        public void run() {
            try (socket) {
                end = talk();
            } catch (IOException e) {
                System.err.println("client " + id + ": " + e);
            }
        }

        private End talk() throws IOException {
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            byte[] message = new byte[MESSAGE];
            byte[] answers = new byte[PIPELINED * MESSAGE];
            while (true) {
                while (written + MESSAGE - answered <= window) {
                    for (int i = 0; i < MESSAGE; i++) {
                        message[i] = content(written + i);
                    }
                    out.write(message);
                    written += MESSAGE;
                }
                int count = in.read(answers);
                if (count < 0) {
                    return End.FIN;
                }
                for (int i = 0; i < count; i++) {
                    if (answers[i] != content(answered + i)) {
                        return End.WRONG;
                    }
                }
                answered += count;
            }
        }

        /** The byte at a position of this client's stream. */
        private byte content(long position) {
            return (byte) ((position * 0x9E3779B1L + id * 131L) >>> 11);
        }
    }
}
