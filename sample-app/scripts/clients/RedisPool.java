import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.Framing;
import io.millio.net.TcpClient;
import io.millio.net.WriteResult;
import io.millio.net.pool.ConnectionPool;
import io.millio.net.pool.PooledConnection;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Threads that ask a Redis server over one pool to echo what only they have said, for as long as there is input. A line of input is a
 * question: "mark" is answered when every thread has had an answer to something it asked later, "stat" with the figures so far, "rest"
 * stops the threads from asking until "go".
 *
 * <pre>
 *   java RedisPool.java host port dispatch threads maximumPoolSize acquireMillis
 * </pre>
 */
public final class RedisPool {
    private static final long REPLY_MILLIS = 700;

    private static final AtomicLong answered = new AtomicLong();
    private static final AtomicLong wrong = new AtomicLong();
    private static final AtomicLong refused = new AtomicLong();
    private static final AtomicLong broken = new AtomicLong();
    private static final AtomicLong late = new AtomicLong();
    private static final AtomicLong timeouts = new AtomicLong();
    private static final AtomicLong worstLateness = new AtomicLong();
    private static volatile boolean over;
    private static volatile boolean resting;

    private RedisPool() {}

    public static void main(String[] args) throws Exception {
        int threads = Integer.parseInt(args[3]);
        Duration acquire = Duration.ofMillis(Long.parseLong(args[5]));
        AtomicLongArray successes = new AtomicLongArray(threads);
        EventLoop loop = EventLoop.builder()
                .name("redis")
                .dispatch(Dispatch.valueOf(args[2].toUpperCase(Locale.ROOT)))
                .build();
        ConnectionPool pool = ConnectionPool.builder(TcpClient.builder(loop)
                        .name("redis")
                        .connectTo(args[0], Integer.parseInt(args[1]))
                        .connectTimeout(Duration.ofSeconds(1))
                        .framing(Framing.lines()))
                .maximumPoolSize(Integer.parseInt(args[4]))
                .connectionTimeout(acquire)
                .build();
        List<Thread> borrowers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            Thread thread = new Thread(() -> borrow(pool, number, acquire, successes));
            thread.start();
            borrowers.add(thread);
        }
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        System.out.println("ready");
        int number = 0;
        for (String question; (question = questions.readLine()) != null && !question.equals("end"); ) {
            number++;
            switch (question) {
                case "mark" -> System.out.println("answer=" + number + " recovered=" + mark(successes));
                case "rest" -> {
                    resting = true;
                    System.out.println("answer=" + number);
                }
                case "go" -> {
                    resting = false;
                    System.out.println("answer=" + number);
                }
                default -> System.out.println("answer=" + number + " " + figures(pool));
            }
        }
        over = true;
        for (Thread thread : borrowers) {
            thread.join(10_000);
        }
        String last = figures(pool);
        long start = System.nanoTime();
        pool.close();
        loop.close();
        System.out.println("end " + last + " closeMillis=" + (System.nanoTime() - start) / 1_000_000 + " left="
                + (pool.stats().used() + pool.stats().idle()));
    }

    /** Milliseconds until every thread has succeeded with something begun from now on. */
    private static long mark(AtomicLongArray successes) throws InterruptedException {
        long start = System.nanoTime();
        for (int i = 0; i < successes.length(); i++) {
            while (successes.get(i) - start < 0 && System.nanoTime() - start < 20_000_000_000L) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static String figures(ConnectionPool pool) {
        return "answered=" + answered + " wrong=" + wrong + " refused=" + refused + " broken=" + broken + " late="
                + late + " timeouts=" + timeouts + " worstLateness=" + worstLateness + " used="
                + pool.stats().used() + " idle=" + pool.stats().idle() + " created="
                + pool.stats().created() + " stale=" + pool.stats().stale() + " leaks="
                + (pool.stats().acquired() - pool.stats().released());
    }

    private static void borrow(ConnectionPool pool, int thread, Duration acquire, AtomicLongArray successes) {
        successes.set(thread, System.nanoTime());
        for (long i = 0; !over; i++) {
            try {
                if (resting) {
                    TimeUnit.MILLISECONDS.sleep(5);
                    continue;
                }
                long start = System.nanoTime();
                PooledConnection lease;
                try {
                    lease = pool.acquire(acquire);
                } catch (TimeoutException e) {
                    timeouts.incrementAndGet();
                    long waited = (System.nanoTime() - start) / 1_000_000 - acquire.toMillis();
                    worstLateness.accumulateAndGet(Math.abs(waited), Math::max);
                    continue;
                }
                if (ask(lease, thread + "-" + i)) {
                    successes.set(thread, start);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static boolean ask(PooledConnection lease, String token) throws InterruptedException {
        Reply reply = new Reply(token);
        ByteBuffer question = StandardCharsets.US_ASCII.encode("ECHO " + token + "\r\n");
        if (lease.handler(reply).write(question) == WriteResult.REJECTED) {
            reply.whole.completeExceptionally(new IllegalStateException("closed before it was used"));
        }
        try {
            reply.whole.get(REPLY_MILLIS, TimeUnit.MILLISECONDS);
            lease.release();
            answered.incrementAndGet();
            return true;
        } catch (TimeoutException e) {
            late.incrementAndGet();
        } catch (ExecutionException e) {
            (e.getCause() instanceof IllegalStateException ? broken : refused).incrementAndGet();
        }
        lease.discard();
        return false;
    }

    /** A length, and then what was said. */
    private static final class Reply implements ConnectionHandler {
        private final CompletableFuture<String> whole = new CompletableFuture<>();
        private final String token;
        private boolean announced;

        Reply(String token) {
            this.token = token;
        }

        @Override
        public void onData(Connection connection, ByteBuffer line) {
            String text = StandardCharsets.US_ASCII.decode(line).toString();
            if (text.startsWith("-ERR")) {
                whole.completeExceptionally(new UnsupportedOperationException(text));
            } else if (!announced) {
                announced = true;
                check(text, "$" + token.length());
            } else {
                check(text, token);
                whole.complete(text);
            }
        }

        private void check(String text, String expected) {
            if (!text.equals(expected)) {
                wrong.incrementAndGet();
                System.err.println("expected " + expected + " and got " + text);
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            whole.completeExceptionally(new IllegalStateException("closed: " + reason));
        }
    }
}
