package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.internal.LoopAccess;
import io.millio.internal.LoopPort;
import io.millio.loop.EventLoop;
import io.millio.pool.BufferPool;
import io.millio.testkit.Await;
import io.millio.testkit.OpenFiles;
import io.millio.testkit.Peer;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The ground of the suites that hold a served connection to its promises in every mode. Each test gets a loop of its own, and
 * whatever it does, at its end the order of callbacks was kept, every connection was closed once, no error went unexpected,
 * and no buffer, thread or descriptor is left.
 */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("io.millio.net.ConnectionContract#settings")
abstract class ConnectionContract {
    private static final String LOOP = "contract";
    private static long openBefore;

    @Parameter(0)
    Mode mode = Mode.DIRECT_1;

    @Parameter(1)
    Door door = Door.TCP;

    private final Deque<AutoCloseable> closing = new ArrayDeque<>();
    private final List<Watch> watches = new ArrayList<>();
    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private @Nullable EventLoop loop;
    private boolean errorsExpected;

    /**
     * Sockets of TCP in every mode. The other transports lie below whatever the modes differ in, so for them one mode in which a
     * reactor alone reads and writes is enough, and one in which other threads write and connections live on another reactor than
     * the one that accepts them.
     */
    static Stream<Arguments> settings() {
        Stream<Arguments> tcp = Mode.available().map(mode -> Arguments.of(mode, Door.TCP));
        Stream<Arguments> others = Stream.of(Door.UNIX, Door.LOCAL)
                .flatMap(door -> Stream.of(Mode.DIRECT_1, Mode.WORKERS_2).map(mode -> Arguments.of(mode, door)));
        return Stream.concat(tcp, others);
    }

    /** The first connection of a process makes the JDK open descriptors of its own for good. */
    @BeforeAll
    static void countBefore() {
        try (EventLoop loop = EventLoop.create();
                TcpServer server = TcpServer.builder(loop)
                        .bind("127.0.0.1", 0)
                        .handler((connection, data) -> connection.write(data))
                        .start();
                Peer peer = Peer.connect(server.localAddress())) {
            peer.send("?").receive(1);
        }
        openBefore = OpenFiles.count();
    }

    @AfterAll
    static void nothingStaysOpen() {
        Await.until(
                () -> openBefore + " open sockets and selectors, there are " + OpenFiles.count(),
                () -> OpenFiles.count() <= openBefore);
        Await.until(
                () -> "threads to end: " + loopThreads(), () -> loopThreads().isEmpty());
    }

    private static List<String> loopThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith(LOOP))
                .toList();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        try {
            if (loop != null) {
                loop.close();
            }
        } finally {
            while (!closing.isEmpty()) {
                closing.pop().close();
            }
        }
        for (Watch watch : watches) {
            assertThat(watch.breaches())
                    .as("breaches of the order of callbacks")
                    .isEmpty();
            assertThat(watch.closed()).as("closed connections").hasSameSizeAs(watch.opened());
        }
        if (!errorsExpected) {
            assertThat(errors).as("errors reported").isEmpty();
        }
        if (loop != null) {
            assertThat(buffers(loop).stats().used()).as("buffers still lent").isZero();
            assertThat(buffers(loop).stats().leaks()).as("buffers lost").isZero();
        }
    }

    // ---- what tests use ---------------------------------------------------------------------------------------------

    /** The loop of this test, of the mode under test. */
    EventLoop loop() {
        return loop == null ? loop(builder -> builder) : loop;
    }

    EventLoop loop(UnaryOperator<EventLoop.Builder> more) {
        EventLoop.Builder builder = EventLoop.builder()
                .name(LOOP)
                .reactors(mode.reactors)
                .dispatch(mode.dispatch)
                .errorListener((source, error) -> errors.add(error));
        EventLoop made = more.apply(builder).build();
        loop = made;
        return made;
    }

    Watch watch(ConnectionHandler handler) {
        Watch watch = new Watch(handler);
        watches.add(watch);
        return watch;
    }

    /** Where the next server listens; what can only be had over TCP overrides it. */
    SocketAddress freshAddress() {
        return door.fresh();
    }

    TcpServer serve(ConnectionHandler handler) {
        return serve(handler, builder -> builder);
    }

    TcpServer serve(ConnectionHandler handler, UnaryOperator<TcpServer.Builder> more) {
        ConnectionHandler watched = handler instanceof Watch ? handler : watch(handler);
        TcpServer server = more.apply(
                        TcpServer.builder(loop()).bind(freshAddress()).handler(watched))
                .start();
        closing.push(server);
        return server;
    }

    Peer connect(TcpServer server) {
        return closeLater(Peer.connect(server.localAddress()));
    }

    /** A peer whose window is small, so that what the server writes piles up in the server. */
    Peer connectNarrow(TcpServer server) {
        return closeLater(Peer.connect(server.localAddress(), 4096));
    }

    <T extends AutoCloseable> T closeLater(T resource) {
        closing.push(resource);
        return resource;
    }

    /** Runs the action on a thread of its own, for which the test waits in any case. */
    <T> FutureTask<T> beside(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task, "beside");
        thread.start();
        closing.addLast(() -> {
            thread.join(30_000);
            assertThat(thread.isAlive())
                    .as("a thread of the test that does not end")
                    .isFalse();
        });
        return task;
    }

    /** Returns when every reactor has done all that it had to do when this was called; for loops with a short poll timeout. */
    void awaitTurns() {
        List<Long> before = turns();
        Await.until("two turns of each reactor", () -> {
            List<Long> now = turns();
            return IntStream.range(0, now.size()).allMatch(i -> now.get(i) >= before.get(i) + 2);
        });
    }

    private List<Long> turns() {
        return loop().stats().reactors().stream()
                .map(r -> r.selectsReady() + r.selectsEmpty() + r.selectsTimeout())
                .toList();
    }

    /** Errors reported so far; the test answers for them. */
    List<Throwable> errors() {
        errorsExpected = true;
        return List.copyOf(errors);
    }

    static LoopPort port(EventLoop loop) {
        return LoopAccess.of(loop);
    }

    static BufferPool buffers(EventLoop loop) {
        LoopPort port = port(loop);
        return port.shared(BufferPool.class, () -> BufferPool.create(port.bufferBudget()));
    }

    /** Reproducible bytes in which every shift and every exchange shows. */
    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 0x9E3779B1 >>> 24);
        }
        return bytes;
    }
}
