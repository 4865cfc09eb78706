package io.millio.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.internal.ReactorCounters;
import io.millio.internal.ReactorPort;
import io.millio.pool.BufferPool;
import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sending side without a network, so that a socket can be full, fail, or be slow; the test's thread is the reactor's. */
class NioDatagramsTest {
    private static final SocketAddress TARGET = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
    private static final int CAPACITY = 8;

    private final ScriptedChannel channel = new ScriptedChannel();
    private final Thread owner = Thread.currentThread();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Notes notes = new Notes();
    private final BufferPool buffers = BufferPool.create(1 << 20);
    private int registeredFor;
    private final NioDatagrams socket = open(CAPACITY, buffers);

    private NioDatagrams open(int capacity, BufferPool pool) {
        return open(1000, capacity, pool);
    }

    private NioDatagrams open(int maxDatagram, int capacity, BufferPool pool) {
        ByteBuffer readBuffer = ByteBuffer.allocateDirect(64 * 1024);
        ReactorCounters counters = new ReactorCounters();
        ReactorPort reactor = (ReactorPort) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ReactorPort.class},
                (proxy, method, args) -> switch (method.getName()) {
                    case "inReactor" -> Thread.currentThread() == owner;
                    case "execute" -> tasks.add((Runnable) args[0]) ? null : null;
                    case "readBuffer" -> readBuffer.clear();
                    case "counters" -> counters;
                    case "register" -> {
                        registeredFor = (int) args[1];
                        yield null;
                    }
                    default -> throw new AssertionError(method + " was not expected");
                });
        try {
            return new NioDatagrams(channel, reactor, pool, notes, maxDatagram, capacity);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What the socket has said. */
    private static final class Notes implements DatagramSink {
        final List<String> received = new ArrayList<>();
        final AtomicInteger sent = new AtomicInteger();
        final Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
        final Map<String, Integer> dropped = new TreeMap<>();

        @Override
        public void received(SocketAddress sender, ByteBuffer data, boolean truncated) {
            received.add(StandardCharsets.US_ASCII.decode(data) + (truncated ? "..." : ""));
        }

        @Override
        public void sent(int bytes) {
            sent.incrementAndGet();
        }

        @Override
        public void failed(Throwable cause) {
            failed.add(cause);
        }

        @Override
        public synchronized void dropped(String reason, int count) {
            dropped.merge(reason, count, Integer::sum);
        }

        @Override
        public void lost(Throwable cause) {
            throw new AssertionError(cause);
        }
    }

    @AfterEach
    void noBufferIsLeft() {
        turn();
        socket.close(null);
        assertThat(buffers.stats().used()).as("buffers still lent").isZero();
    }

    private void turn() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** The kernel has room for so many more, and the selector says so. */
    private void makeRoom(int datagrams) {
        turn();
        channel.room.set(datagrams);
        socket.ready(SelectionKey.OP_WRITE);
        turn();
    }

    private static ByteBuffer heap(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static ByteBuffer direct(String text) {
        ByteBuffer source = heap(text);
        return ByteBuffer.allocateDirect(source.remaining()).put(source).flip();
    }

    private @Nullable String send(String text) {
        return socket.send(TARGET, text.hashCode() % 2 == 0 ? heap(text) : direct(text));
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    // ---- the queue --------------------------------------------------------------------------------------------------

    @Test
    void aSocketWithRoomIsSentToAtOnce() {
        ByteBuffer data = direct("now");
        assertThat(socket.send(TARGET, data)).isNull();
        assertThat(data.hasRemaining()).isFalse();
        assertThat(channel.sent).containsExactly("now");
        assertThat(socket.queued()).isZero();
        assertThat(tasks).isEmpty();
    }

    @Test
    void theQueueIsBoundedAndKeepsItsOrder() {
        channel.room.set(2);
        for (String number : numbers(0, 2 + CAPACITY)) {
            assertThat(send(number)).as("datagram %s", number).isNull();
        }
        ByteBuffer tooMany = heap("too many");
        assertThat(socket.send(TARGET, tooMany)).isEqualTo(NioDatagrams.QUEUE_FULL);
        assertThat(tooMany.remaining()).isEqualTo(8);
        assertThat(socket.queued()).isEqualTo(CAPACITY);

        makeRoom(3);
        assertThat(channel.sent).containsExactlyElementsOf(numbers(0, 5));
        assertThat(send("10")).isNull();
        makeRoom(100);
        assertThat(channel.sent).containsExactlyElementsOf(numbers(0, 11));
        assertThat(send("11")).isNull();
        assertThat(channel.sent).containsExactlyElementsOf(numbers(0, 12));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whatIsTakenIsConsumedAndMayBeUsedAgain(int room) {
        channel.room.set(room);
        for (ByteBuffer data : List.of(heap("__ab"), direct("__ab"), heap("__ab"))) {
            data.position(2);
            assertThat(socket.send(TARGET, data)).isNull();
            assertThat(data.hasRemaining()).isFalse();
            data.clear().put(2, (byte) '!');
        }
        makeRoom(10);
        assertThat(channel.sent).containsExactly("ab", "ab", "ab");
    }

    @Test
    void aSocketThatIsFullBeforeItIsWatchedIsWatchedForRoom() throws Exception {
        channel.room.set(0);
        send("early");
        socket.start();
        assertThat(registeredFor).isEqualTo(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        makeRoom(1);
        assertThat(channel.sent).containsExactly("early");
    }

    @Test
    void aFullSocketMetByAnotherThreadIsLeftToTheReactor() throws Exception {
        channel.room.set(0);
        assertThat(Threads.call(() -> "" + send("a"))).isEqualTo("null");
        assertThat(Threads.call(() -> "" + send("b"))).isEqualTo("null");
        turn();
        makeRoom(2);
        assertThat(channel.sent).containsExactly("a", "b");
    }

    @Test
    void aSenderDoesNotWaitForAnotherOne() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        channel.beforeSend = () -> {
            inside.countDown();
            Await.opened(goOn);
        };
        Thread slow = Threads.start("slow", () -> send("first"));
        Await.open("a send under way", inside);
        assertThat(send("second")).isNull();
        assertThat(socket.queued()).isEqualTo(1);
        goOn.countDown();
        Await.end(slow);
        turn();
        assertThat(channel.sent).containsExactly("first", "second");
    }

    @Test
    void whatIsQueuedAtTheEndIsDroppedAndCounted() {
        channel.room.set(0);
        numbers(0, 5).forEach(this::send);
        socket.close(null);
        assertThat(notes.dropped).containsExactly(Map.entry(NioDatagrams.CLOSED, 5));
        assertThat(send("late")).isEqualTo(NioDatagrams.CLOSED);
    }

    @Test
    void flushedIsSaidOnceWhenTheLastDatagramHasLeft() {
        AtomicInteger flushed = new AtomicInteger();
        channel.room.set(0);
        numbers(0, 4).forEach(this::send);
        socket.whenFlushed(flushed::incrementAndGet);
        makeRoom(3);
        assertThat(flushed).hasValue(0);
        makeRoom(1);
        assertThat(flushed).hasValue(1);
        send("more");
        turn();
        assertThat(flushed).hasValue(1);
    }

    @Test
    void datagramsGiveWayWhenHalfOfTheMemoryIsUsed() {
        BufferPool small = BufferPool.create(4096);
        NioDatagrams crowded = open(CAPACITY, small);
        channel.room.set(0);
        ByteBuffer data = ByteBuffer.allocateDirect(1024);
        assertThat(crowded.send(TARGET, data.clear())).isNull();
        assertThat(crowded.send(TARGET, data.clear())).isNull();
        assertThat(crowded.send(TARGET, data.clear())).isNull();
        assertThat(crowded.send(TARGET, data.clear())).isEqualTo(NioDatagrams.NO_MEMORY);
        assertThat(data.position()).isZero();
        crowded.close(null);
        assertThat(small.stats().used()).isZero();
    }

    @Test
    void withoutMemoryAFullSocketRefusesAndDoesNotStayHeld() {
        BufferPool none = BufferPool.create(0);
        NioDatagrams poor = open(CAPACITY, none);
        channel.room.set(0);
        assertThat(poor.send(TARGET, direct("x"))).isEqualTo(NioDatagrams.NO_MEMORY);
        assertThat(poor.send(TARGET, heap("x"))).isEqualTo(NioDatagrams.NO_MEMORY);
        channel.room.set(1);
        assertThat(poor.send(TARGET, direct("x"))).isNull();
        poor.close(null);
    }

    // ---- errors -----------------------------------------------------------------------------------------------------

    @Test
    void theReportOfAnEarlierDatagramDoesNotEatTheNextOne() {
        channel.failures.add(new PortUnreachableException());
        assertThat(send("next")).isNull();
        assertThat(channel.sent).containsExactly("next");
        assertThat(notes.failed).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatTheSystemRefusesIsReportedAndHoldsNothingUp(boolean checked) {
        channel.failures.add(checked ? new SocketException("refused") : new IllegalStateException("refused"));
        ByteBuffer data = heap("bad");
        assertThat(socket.send(TARGET, data)).isEqualTo(NioDatagrams.REFUSED);
        assertThat(data.remaining()).isEqualTo(3);
        assertThat(notes.failed).singleElement().asString().contains("refused");
        assertThat(send("good")).isNull();
        assertThat(channel.sent).containsExactly("good");
    }

    @Test
    void whatIsRefusedInTheQueueIsCounted() {
        channel.room.set(0);
        numbers(0, 3).forEach(this::send);
        channel.failures.add(new SocketException("refused"));
        makeRoom(10);
        assertThat(channel.sent).containsExactly("1", "2");
        assertThat(notes.dropped).containsExactly(Map.entry(NioDatagrams.REFUSED, 1));
    }

    // ---- receiving --------------------------------------------------------------------------------------------------

    @Test
    void oneEventReceivesABoundedNumber() {
        channel.arriving.addAll(numbers(0, 200));
        socket.ready(SelectionKey.OP_READ);
        assertThat(notes.received).containsExactlyElementsOf(numbers(0, NioDatagrams.MAX_RECEIVES));
    }

    @Test
    void oneEventReceivesABoundedNumberOfBytes() {
        NioDatagrams large = open(60_000, CAPACITY, buffers);
        channel.arriving.addAll(
                IntStream.range(0, 9).mapToObj(i -> "x".repeat(30_000)).toList());
        large.ready(SelectionKey.OP_READ);
        assertThat(notes.received).hasSize(3);
        large.close(null);
    }

    @Test
    void oneByteTooManyIsCutAndFlagged() {
        channel.arriving.add("y".repeat(1000));
        channel.arriving.add("z".repeat(1001));
        socket.ready(SelectionKey.OP_READ);
        assertThat(notes.received).containsExactly("y".repeat(1000), "z".repeat(1000) + "...");
    }

    // ---- contention -------------------------------------------------------------------------------------------------

    @Test
    void nothingIsLostDoubledOrReorderedHoweverManyThreadsSend() {
        long seed = Long.getLong("millio.seed", ThreadLocalRandom.current().nextLong());
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int threads = 4;
        List<List<String>> taken = new ArrayList<>();
        List<Thread> senders = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            List<String> mine = new ArrayList<>();
            taken.add(mine);
            int id = t;
            senders.add(Threads.start("sender-" + t, () -> {
                for (int i = 0; i < 5000; i++) {
                    String text = id + ":" + i;
                    if (send(text) == null) {
                        mine.add(text);
                    }
                }
            }));
        }
        Await.until("the senders, seed " + seed, () -> {
            turn();
            makeRoom(random.nextInt(20));
            return senders.stream().noneMatch(Thread::isAlive);
        });
        makeRoom(Integer.MAX_VALUE);
        Map<String, List<String>> bySender =
                channel.sent.stream().collect(Collectors.groupingBy(text -> text.substring(0, 1)));
        for (int t = 0; t < threads; t++) {
            assertThat(bySender.getOrDefault("" + t, List.of()))
                    .as("sender %d, seed %d", t, seed)
                    .isEqualTo(taken.get(t));
        }
        assertThat(notes.sent).hasValue(channel.sent.size());
        assertThat(socket.queued()).isZero();
    }
}
