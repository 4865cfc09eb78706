package io.millio.net.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.Framing;
import io.millio.net.TcpClient;
import io.millio.net.WriteResult;
import io.millio.testkit.Await;
import io.millio.testkit.CapturedLog;
import io.millio.testkit.OpenFiles;
import io.millio.testkit.Threads;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a pool promises its borrowers, with callbacks on reactors and on workers. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = Dispatch.class,
        names = {"DIRECT", "WORKERS"})
class ConnectionPoolTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @Parameter
    Dispatch dispatch = Dispatch.DIRECT;

    private EventLoop loop = EventLoop.create();
    private LineServer server = new LineServer(0);
    private final List<AutoCloseable> closing = new ArrayList<>();

    @BeforeEach
    void start() {
        loop = EventLoop.builder()
                .name("pool-test")
                .reactors(2)
                .workers(2)
                .dispatch(dispatch)
                .build();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (AutoCloseable resource : closing) {
            resource.close();
        }
        loop.close();
        server.close();
        Await.until(() -> "no connection at the server, there are " + server.active(), () -> server.active() == 0);
        Threads.allEnded("pool-test");
    }

    private ConnectionPool pool(UnaryOperator<ConnectionPool.Builder> more) {
        ConnectionPool pool = more.apply(ConnectionPool.builder(TcpClient.builder(loop)
                        .name("lines")
                        .connectTo(server.address())
                        .framing(Framing.lines())))
                .build();
        closing.add(0, pool);
        return pool;
    }

    /** Sends a line, and gives the connection back with the answer. */
    private static CompletableFuture<String> ask(PooledConnection lease, String question) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        lease.handler(new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer line) {
                String text = StandardCharsets.UTF_8.decode(line).toString();
                lease.release();
                answer.complete(text);
            }

            @Override
            public void onClose(Connection connection, CloseReason reason) {
                answer.completeExceptionally(new IllegalStateException("closed: " + reason));
            }
        });
        lease.writeFrame(StandardCharsets.UTF_8.encode(question));
        return answer;
    }

    private static String exchange(PooledConnection lease, String question) {
        return Await.result("an answer", ask(lease, question));
    }

    private static PooledConnection take(ConnectionPool pool) throws Exception {
        return pool.acquire(LONG);
    }

    private static Throwable failure(CompletableFuture<PooledConnection> waiter) {
        Await.until("an outcome", waiter::isDone);
        return catchThrowable(waiter::join).getCause();
    }

    private static void awaitStats(ConnectionPool pool, String what, java.util.function.Predicate<PoolStats> holds) {
        Await.until(() -> what + ", but " + pool.stats(), () -> holds.test(pool.stats()));
    }

    // ---- ownership --------------------------------------------------------------------------------------------------

    @Test
    void eightThreadsGetTheirOwnAnswersAndTheMaximumIsNeverExceeded() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(3).maxLifetime(Duration.ofMillis(60)));
        Map<Long, Integer> owners = new ConcurrentHashMap<>();
        Queue<Object> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int number = t;
            threads.add(Threads.start("borrower-" + t, () -> {
                try {
                    for (int i = 0; i < 250; i++) {
                        PooledConnection lease =
                                i % 2 == 0 ? pool.acquire(LONG) : pool.acquire().get(30, TimeUnit.SECONDS);
                        Integer other = owners.putIfAbsent(lease.id(), number);
                        if (other != null) {
                            wrong.add(number + " and " + other + " have connection " + lease.id());
                        }
                        owners.remove(lease.id(), number);
                        String question = number + "/" + i;
                        if (i % 50 == 49) {
                            lease.discard();
                        } else if (!ask(lease, question)
                                .get(30, TimeUnit.SECONDS)
                                .equals(question)) {
                            wrong.add("the answer to somebody else");
                        }
                    }
                } catch (Throwable e) {
                    wrong.add(e);
                }
            }));
        }
        threads.forEach(Await::end);
        assertThat(wrong).isEmpty();
        assertThat(server.most()).isLessThanOrEqualTo(3);
        awaitStats(pool, "nothing lent", stats -> stats.used() == 0);
        PoolStats stats = pool.stats();
        assertThat(stats.acquired()).isEqualTo(2000).isEqualTo(stats.released());
        assertThat(stats.pending()).isZero();
        assertThat(stats.stale()).isZero();
        assertThat(stats.created()).as("discarded ones are replaced").isGreaterThan(3);
    }

    @Test
    void whoWaitsLongestIsServedFirst() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        PooledConnection first = take(pool);
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            answers.add(pool.acquire().thenCompose(lease -> {
                order.add(number);
                return ask(lease, "x");
            }));
        }
        assertThat(order).isEmpty();
        first.release();
        answers.forEach(answer -> Await.result("an answer", answer));
        assertThat(List.copyOf(order)).isSorted().hasSize(20);
        assertThat(pool.stats().created()).isEqualTo(1);
    }

    @Test
    void nothingCanBeDoneWithALeaseThatIsOver() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        PooledConnection lease = take(pool);
        assertThatThrownBy(() -> lease.write(ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("handler(...)");
        lease.attach("mine");
        assertThat(exchange(lease, "a")).isEqualTo("a");
        lease.release();
        lease.discard();
        lease.close();
        lease.abort();
        assertThat(lease.isOpen()).isFalse();
        assertThat(lease.write(ByteBuffer.allocate(1))).isEqualTo(WriteResult.REJECTED);
        PooledConnection next = take(pool);
        assertThat(next.id()).isEqualTo(lease.id());
        assertThat(next.<Object>attachment()).isNull();
        assertThat(exchange(next, "b")).isEqualTo("b");
    }

    // ---- what goes wrong while nobody looks -------------------------------------------------------------------------

    @Test
    void aConnectionThatBrokeWhileIdleIsNeverLent() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        for (int i = 0; i < 60; i++) {
            PooledConnection lease = take(pool);
            long broken = lease.id();
            exchange(lease, "x");
            awaitStats(pool, "an idle connection", stats -> stats.idle() == 1);
            server.end(i % 2 == 0);
            lease = take(pool);
            assertThat(lease.id()).as("round " + i).isNotEqualTo(broken);
            assertThat(exchange(lease, "still " + i)).isEqualTo("still " + i);
        }
    }

    @Test
    void whatArrivesBetweenTwoLeasesReachesNeither() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        // A whole line, and half of one that a frame in the making would hide.
        for (String late : List.of("late\n", "la", "late\nla")) {
            PooledConnection lease = take(pool);
            long spoilt = lease.id();
            exchange(lease, "x");
            awaitStats(pool, "an idle connection", stats -> stats.idle() == 1);
            server.say(late);
            PooledConnection next = take(pool);
            assertThat(next.id()).as("after '%s'", late).isNotEqualTo(spoilt);
            assertThat(exchange(next, "y")).isEqualTo("y");
        }
    }

    @Test
    void whatArrivesBeforeABorrowerHasAskedEndsTheConnection() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        exchange(take(pool), "x");
        PooledConnection lease = take(pool);
        CompletableFuture<Object> heard = new CompletableFuture<>();
        lease.handler(new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer data) {
                heard.complete(data);
            }

            @Override
            public void onClose(Connection connection, CloseReason reason) {
                heard.complete(reason);
            }
        });
        server.say("not for you\n");
        assertThat(Await.result("the end", heard)).isEqualTo(CloseReason.LOCAL);
        lease.release();
        assertThat(pool.stats().stale()).isEqualTo(1);
        assertThat(exchange(take(pool), "y")).isEqualTo("y");
    }

    @Test
    void aPoolRecoversWhenItsServerComesBack() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(2).connectionTimeout(LONG));
        exchange(take(pool), "x");
        int port = server.address().getPort();
        server.close();
        CompletableFuture<PooledConnection> waiting = pool.acquire();
        Await.until(
                "an attempt that fails",
                () -> catchThrowable(() -> pool.acquire(Duration.ofMillis(30))).getCause()
                        instanceof java.net.ConnectException);
        assertThat(waiting).isNotDone();
        server = new LineServer(port);
        long start = System.nanoTime();
        assertThat(exchange(Await.result("a connection", waiting), "back")).isEqualTo("back");
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("long before its time-out")
                .isLessThan(LONG.dividedBy(2));
    }

    @Test
    void aServerThatEndsWhatItAcceptsIsNotAskedAsFastAsItCan() {
        server.hangUp();
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        long start = System.nanoTime();
        while (System.nanoTime() - start < 400_000_000) {
            // A lease may begin just before its connection ends; then there is nothing to be done with it but to give
            // it back.
            Throwable none =
                    catchThrowable(() -> pool.acquire(Duration.ofMillis(100)).discard());
            assertThat(none == null || none instanceof TimeoutException)
                    .as("%s", none)
                    .isTrue();
        }
        // Attempts are soon half a second apart; a machine that stalls has time for some more.
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertThat(server.accepted()).as("connections in %s ms", millis).isBetween(1, 11 + (int) millis / 100);
    }

    // ---- waiting ----------------------------------------------------------------------------------------------------

    @Test
    void waitingEndsOnTime() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1).connectionTimeout(Duration.ofMillis(120)));
        PooledConnection kept = take(pool);
        long start = System.nanoTime();
        CompletableFuture<PooledConnection> waiting = pool.acquire();
        assertThatThrownBy(() -> pool.acquire(Duration.ofMillis(50))).isInstanceOf(TimeoutException.class);
        assertThat(System.nanoTime() - start).isBetween(50_000_000L, LONG.toNanos() / 3);
        assertThat(failure(waiting))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("PT0.12S")
                .hasMessageContaining("1 of at most 1 in use")
                .hasMessageContaining("maximumPoolSize");
        assertThat(System.nanoTime() - start).isBetween(120_000_000L, LONG.toNanos() / 3);
        awaitStats(pool, "two time-outs", stats -> stats.timeouts() == 2 && stats.pending() == 0);
        kept.release();
        assertThat(exchange(take(pool), "x")).isEqualTo("x");
    }

    @Test
    void whoCancelsGivesHisPlaceUp() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        PooledConnection kept = take(pool);
        CompletableFuture<PooledConnection> first = pool.acquire();
        CompletableFuture<PooledConnection> second = pool.acquire();
        first.cancel(false);
        assertThat(pool.stats().pending()).isEqualTo(1);
        kept.release();
        assertThat(exchange(Await.result("a connection", second), "x")).isEqualTo("x");
    }

    @Test
    void atMost1024CallersWait() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1));
        PooledConnection kept = take(pool);
        List<CompletableFuture<PooledConnection>> waiting = new ArrayList<>();
        for (int i = 0; i < 1024; i++) {
            waiting.add(pool.acquire());
        }
        assertThat(failure(pool.acquire()))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("1024");
        Await.result("the end", pool.shutdown(Duration.ofMillis(10)));
        assertThat(waiting).allMatch(waiter -> failure(waiter) instanceof IllegalStateException);
        assertThat(kept.isOpen()).isFalse();
    }

    @Test
    void theBlockingFormRefusesToRunOnAReactor() {
        ConnectionPool pool = pool(builder -> builder);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        loop.start();
        loop.execute(() -> thrown.complete(catchThrowable(() -> pool.acquire(LONG))));
        assertThat(Await.result("a refusal", thrown))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reactor");
    }

    // ---- looking after what is idle ---------------------------------------------------------------------------------

    @Test
    void idleConnectionsAreClosedDownToTheMinimum() throws Exception {
        ConnectionPool pool =
                pool(builder -> builder.maximumPoolSize(4).minimumIdle(1).idleTimeout(Duration.ofMillis(80)));
        List<PooledConnection> leases = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            leases.add(take(pool));
        }
        leases.forEach(PooledConnection::release);
        awaitStats(pool, "one idle connection", stats -> stats.idle() == 1 && stats.used() == 0);
        server.end(true);
        awaitStats(pool, "the one replaced", stats -> stats.idle() == 1 && stats.created() >= 5);
    }

    @Test
    void anOldConnectionIsReplaced() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1).maxLifetime(Duration.ofMillis(100)));
        exchange(take(pool), "x");
        awaitStats(pool, "the old one closed", stats -> stats.idle() + stats.used() == 0);
        assertThat(exchange(take(pool), "y")).isEqualTo("y");
        assertThat(server.accepted()).isEqualTo(2);
    }

    /** Without a lifetime, and with as much time for a ping as the machine may take away from it. */
    @Test
    void anIdleConnectionIsPingedAndAPingThatFailsEndsIt() throws Exception {
        Queue<String> pings = new ConcurrentLinkedQueue<>();
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1)
                .connectionTimeout(Duration.ofSeconds(1))
                .keepaliveTime(Duration.ofMillis(30))
                .ping(lease -> ask(lease, "ping").thenAccept(pings::add)));
        exchange(take(pool), "x");
        Await.until("three pings", () -> pings.size() >= 3);
        assertThat(pings).containsOnly("ping");
        server.fallSilent();
        long open = server.accepted();
        awaitStats(pool, "the silent one closed", stats -> stats.idle() + stats.used() == 0);
        assertThat(server.accepted()).as("nobody has asked for another one").isEqualTo((int) open);
        assertThat(pool.stats().acquired()).as("pings are no leases").isEqualTo(1);
    }

    @Test
    void aLeaseThatLastsTooLongIsReportedWithItsCaller() throws Exception {
        try (CapturedLog log = new CapturedLog("io.millio.net.pool")) {
            ConnectionPool pool = pool(builder -> builder.leakDetectionThreshold(Duration.ofMillis(30)));
            PooledConnection lost = take(pool);
            awaitStats(pool, "a leak", stats -> stats.leaks() == 1);
            Await.until("a line", () -> !log.records().isEmpty());
            assertThat(log.messages().get(0)).contains("PT0.03S");
            assertThat(log.records().get(0).getThrown().getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("take"));
            lost.release();
            exchange(take(pool), "x");
        }
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    @Test
    void aCloseWaitsForWhatIsLentAndRefusesTheRest() throws Exception {
        long before = OpenFiles.count();
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(2));
        PooledConnection lease = take(pool);
        exchange(take(pool), "x");
        CompletableFuture<Void> end = pool.shutdown(LONG).toCompletableFuture();
        assertThat(failure(pool.acquire())).hasMessageContaining("closed for good");
        assertThat(end).isNotDone();
        assertThat(exchange(lease, "to the end")).isEqualTo("to the end");
        Await.result("the end", end);
        assertThat(pool.stats().idle() + pool.stats().used()).isZero();
        loop.close();
        Await.until("no descriptor left", () -> OpenFiles.count() <= before);
    }

    @Test
    void theEndOfTheLoopEndsTheWaiting() throws Exception {
        ConnectionPool pool = pool(builder -> builder.maximumPoolSize(1).connectionTimeout(LONG));
        take(pool);
        CompletableFuture<PooledConnection> waiting = pool.acquire();
        LineServer gone = new LineServer(0);
        ConnectionPool deserted = ConnectionPool.builder(TcpClient.builder(loop).connectTo(gone.address()))
                .connectionTimeout(LONG)
                .build();
        closing.add(deserted);
        gone.close();
        CompletableFuture<PooledConnection> hoping = deserted.acquire();
        Await.until(
                "attempts that fail",
                () -> catchThrowable(() -> deserted.acquire(Duration.ofMillis(100)))
                                .getCause()
                        != null);
        loop.stop();
        assertThat(failure(waiting)).isInstanceOf(IllegalStateException.class);
        assertThat(failure(hoping)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void waitsMayLastForEver() throws Exception {
        Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
        ConnectionPool pool = pool(builder -> builder.connectionTimeout(forEver)
                .idleTimeout(forEver)
                .maxLifetime(forEver)
                .keepaliveTime(forEver)
                .leakDetectionThreshold(forEver));
        exchange(pool.acquire(forEver), "for ever");
        Await.result("the end", pool.shutdown(forEver));
    }
}
