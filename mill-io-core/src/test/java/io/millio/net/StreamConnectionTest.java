package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection between a hand-driven network and a hand-driven reactor, so that each order of events can be had at will. */
class StreamConnectionTest {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    private final List<String> calls = new ArrayList<>();
    private final HandTransport transport = new HandTransport();
    private HandRig rig = rig(new Script(), Dispatch.DIRECT, builder -> builder);

    /** Notes what it is told; tests override what they need. */
    private class Script implements ConnectionHandler {
        @Override
        public void onOpen(Connection connection) {
            calls.add("open");
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) throws Exception {
            calls.add("data " + data.remaining());
        }

        @Override
        public void onInputClosed(Connection connection) {
            calls.add("input closed");
        }

        @Override
        public void onWritable(Connection connection) {
            calls.add("writable");
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            calls.add("close " + reason);
        }
    }

    private static HandRig rig(ConnectionHandler handler, Dispatch dispatch, UnaryOperator<TcpServer.Builder> more) {
        return new HandRig(EventLoop.builder().bufferMemory(MIB), handler, dispatch, more);
    }

    private StreamConnection open(ConnectionHandler handler, Dispatch dispatch) {
        return open(handler, dispatch, builder -> builder);
    }

    private StreamConnection open(ConnectionHandler handler, Dispatch dispatch, UnaryOperator<TcpServer.Builder> more) {
        rig.close();
        rig = rig(handler, dispatch, more);
        return opened();
    }

    private StreamConnection opened() {
        StreamConnection connection = rig.open(transport);
        rig.reactor.settle();
        calls.clear();
        return connection;
    }

    private void receive(int bytes) {
        transport.sink().received(ByteBuffer.allocate(bytes));
    }

    private BufferPool buffers() {
        return rig.shard().buffers();
    }

    private List<PooledBuffer> takeAllMemory() {
        List<PooledBuffer> taken = new ArrayList<>();
        for (int size = MIB; size > 0; size /= 2) {
            PooledBuffer next = buffers().tryAcquire(size);
            while (next != null) {
                taken.add(next);
                next = buffers().tryAcquire(size);
            }
        }
        return taken;
    }

    @AfterEach
    void closeRig() {
        rig.close();
    }

    // ---- opening ----------------------------------------------------------------------------------------------------

    @Test
    void nobodyFindsAConnectionBeforeItCanBeWrittenTo() {
        List<Integer> found = new ArrayList<>();
        transport.atStart = sink -> found.add(rig.shard().connections().size());
        StreamConnection connection = opened();
        assertThat(found).containsExactly(0);
        assertThat(rig.shard().connections()).containsExactly(connection);
        assertThat(rig.timers()).as("its time-outs").isPositive();
    }

    @Test
    void aConnectionThatCannotStartIsClosedAndForgotten() {
        transport.atStart = sink -> sink.broken(new IOException("no room for a key"), false);
        rig.open(transport);
        rig.reactor.settle();
        assertThat(calls).containsExactly("open", "close IO_ERROR");
        assertThat(rig.shard().connections()).isEmpty();
        assertThat(rig.timers()).isZero();
    }

    // ---- draining ---------------------------------------------------------------------------------------------------

    /** A drain reads what has arrived; it must not dig itself in, one call within the other, for as long as there is something. */
    @Test
    void aDrainReadsInALoopAndNotByRecursion() {
        StreamConnection connection = open(new Script(), Dispatch.DIRECT);
        for (int i = 0; i < 60; i++) {
            transport.arrive(new byte[10]);
        }
        connection.drain(CloseReason.DRAINED);
        rig.reactor.settle();
        assertThat(transport.unread()).isZero();
        assertThat(transport.deepestRead()).as("reads within reads").isEqualTo(1);
        assertThat(connection.closeReason()).isEqualTo(CloseReason.DRAINED);
    }

    @Test
    void aPeerThatSendsWithoutEndDoesNotHoldUpADrain() {
        StreamConnection connection = open(new Script(), Dispatch.DIRECT);
        for (int i = 0; i < 10_000; i++) {
            transport.arrive(new byte[1]);
        }
        connection.drain(CloseReason.DRAINED);
        rig.reactor.settle();
        assertThat(transport.unread()).isGreaterThan(5000);
        assertThat(connection.closeReason()).isEqualTo(CloseReason.DRAINED);
    }

    /** The bound of the mailbox holds in a drain, too: nothing is read for a handler that cannot be given it. */
    @Test
    void aDrainReadsNoMoreThanTheMailboxMayHold() {
        StreamConnection connection = open(new Script(), Dispatch.WORKERS);
        connection.pauseReading();
        connection.drain(CloseReason.DRAINED);
        for (int i = 0; i < 10; i++) {
            transport.arrive(new byte[64 * KIB]);
        }
        rig.reactor.turn();
        while (transport.read()) {
            // what a selector would do
        }
        assertThat(transport.unread()).as("reads of a paused connection").isEqualTo(10);
        connection.resumeReading();
        rig.reactor.turn();
        while (transport.read()) {
            // as long as it wants to
        }
        assertThat(transport.unread()).isEqualTo(8);
        rig.reactor.settle();
        while (transport.read()) {
            rig.reactor.settle();
        }
        rig.reactor.settle();
        assertThat(calls).filteredOn("data 16384"::equals).hasSize(40);
        assertThat(connection.closeReason()).isEqualTo(CloseReason.DRAINED);
    }

    // ---- the bound of the mailbox -----------------------------------------------------------------------------------

    @Test
    void theMailboxNeverHoldsMoreThanItsBound() {
        open(new Script(), Dispatch.WORKERS);
        long read = 0;
        int[] sizes = {100, 64 * KIB, 1, 63 * KIB, 20_000, 64 * KIB, 64 * KIB};
        for (int size : sizes) {
            transport.arrive(new byte[size]);
            if (transport.read()) {
                read += size;
            }
        }
        assertThat(read).as("bytes read while no worker came").isBetween(64L * KIB, 128L * KIB);
        rig.reactor.settle();
        assertThat(transport.reading).isTrue();
    }

    // ---- the watermark ----------------------------------------------------------------------------------------------

    @Test
    void outputIsCongestedAboveTheHighWatermarkAndNotBefore() {
        StreamConnection connection =
                open(new Script(), Dispatch.DIRECT, builder -> builder.writeBuffer(32 * KIB, 64 * KIB, 256 * KIB));
        transport.room(0);
        int accepted = 0;
        while (connection.write(ByteBuffer.allocate(KIB)) == WriteResult.ACCEPTED) {
            accepted++;
        }
        assertThat(accepted).isEqualTo(64);
        assertThat(connection.pendingBytes()).isEqualTo(65 * KIB);
        assertThat(connection.isWritable()).isFalse();
        transport.room(Long.MAX_VALUE);
        rig.reactor.settle();
        assertThat(calls).containsExactly("writable");
        assertThat(connection.isWritable()).isTrue();
    }

    // ---- memory -----------------------------------------------------------------------------------------------------

    /** Delivering is what frees memory: if it stopped along with reading, all connections could wait for each other for ever. */
    @Test
    void aLackOfMemoryStopsReadingButNotDelivery() {
        open(new Script(), Dispatch.WORKERS);
        transport.arrive(new byte[100]);
        transport.arrive(new byte[200]);
        assertThat(transport.read()).isTrue();
        List<PooledBuffer> taken = takeAllMemory();
        rig.shard().reserve().release();
        taken.addAll(takeAllMemory());
        assertThat(transport.read()).as("a read without memory").isFalse();
        rig.reactor.settle();
        assertThat(calls).containsExactly("data 100");
        taken.forEach(PooledBuffer::release);
    }

    /** Or a few peers that never read would silence all others. */
    @Test
    void whenMemoryIsShortThoseThatHoldNoneReadALittleAndTheOthersNothing() {
        open(new Script(), Dispatch.WORKERS);
        List<PooledBuffer> taken = new ArrayList<>();
        while (buffers().bytesInUse() <= MIB / 4) {
            taken.add(Objects.requireNonNull(buffers().tryAcquire(MIB / 16)));
        }
        transport.arrive(new byte[100]);
        transport.arrive(new byte[200]);
        assertThat(transport.sink().receivable()).as("bytes").isBetween(1, 8 * 1024);
        assertThat(transport.read()).as("a read of one that holds nothing").isTrue();
        assertThat(transport.read())
                .as("a read of one that holds what it has read")
                .isFalse();
        rig.reactor.settle();
        assertThat(calls).containsExactly("data 100");
        rig.shard().reserve().retry();
        assertThat(transport.read()).as("a read after it was delivered").isTrue();
        taken.forEach(PooledBuffer::release);
    }

    // ---- what a handler throws --------------------------------------------------------------------------------------

    /** The framing's own exception, thrown by a handler, is the handler's failure all the same. */
    @Test
    void aFramingExceptionOutOfAHandlerIsAHandlerError() {
        for (FramingException.Kind kind : FramingException.Kind.values()) {
            StreamConnection connection = open(
                    new Script() {
                        @Override
                        public void onData(Connection open, ByteBuffer data) {
                            throw new FramingException(kind, "the handler's own");
                        }
                    },
                    Dispatch.DIRECT);
            receive(10);
            rig.reactor.settle();
            assertThat(connection.closeReason()).as("reason for %s", kind).isEqualTo(CloseReason.HANDLER_ERROR);
        }
    }

    // ---- half-close -------------------------------------------------------------------------------------------------

    /** Both sides have finished, but the handler has paused: what was received waits for it. */
    @Test
    void bytesReceivedBeforeBothSidesFinishedWaitForAPausedHandler() {
        StreamConnection connection = open(new Script(), Dispatch.WORKERS);
        connection.shutdownOutput();
        rig.reactor.settle();
        connection.pauseReading();
        rig.reactor.settle();
        // read before the pause reached the reactor
        receive(10);
        transport.sink().inputFinished();
        rig.reactor.settle();
        assertThat(calls).isEmpty();
        connection.resumeReading();
        rig.reactor.settle();
        assertThat(calls).containsExactly("data 10", "input closed", "close PEER");
    }

    @Test
    void bothSidesFinishedIsTheEndEvenForAHandlerThatKeepsOpen() {
        StreamConnection connection = open(new Script(), Dispatch.DIRECT);
        transport.sink().inputFinished();
        rig.reactor.settle();
        assertThat(calls).containsExactly("input closed");
        assertThat(connection.isOpen()).isTrue();
        connection.shutdownOutput();
        rig.reactor.settle();
        assertThat(calls).containsExactly("input closed", "close PEER");
        assertThat(transport.closed).isTrue();
    }

    // ---- writing after the end --------------------------------------------------------------------------------------

    @Test
    void aWriteAfterACloseIsRejectedWhicheverThreadClosed() {
        List<WriteResult> results = new ArrayList<>();
        open(
                new Script() {
                    @Override
                    public void onData(Connection open, ByteBuffer data) throws InterruptedException {
                        Thread worker = new Thread(() -> {
                            open.close();
                            results.add(open.write(ByteBuffer.allocate(1)));
                        });
                        worker.start();
                        worker.join(30_000);
                    }
                },
                Dispatch.DIRECT);
        receive(1);
        rig.reactor.settle();
        assertThat(results).containsExactly(WriteResult.REJECTED);
        assertThat(transport.written()).isEmpty();
    }

    @Test
    void aWriteAfterAnAbortIsRejectedEvenWhileWorkIsOpen() {
        StreamConnection connection = open(new Script(), Dispatch.DIRECT);
        try (Work work = connection.beginWork()) {
            connection.abort();
            ByteBuffer data = ByteBuffer.allocate(3);
            assertThat(connection.write(data)).isEqualTo(WriteResult.REJECTED);
            assertThat(data.remaining()).isEqualTo(3);
        }
        rig.reactor.settle();
        assertThat(calls).containsExactly("close LOCAL");
    }

    /** The reactor takes the error for the end of the transport; if the mailbox were still entered, nobody would hear of that. */
    @Test
    void anErrorOnTheWayOutOfADeliveryDoesNotKeepTheMailbox() {
        StreamConnection unused = open(
                new Script() {
                    @Override
                    public void onData(Connection connection, ByteBuffer data) {
                        connection.pauseReading();
                    }
                },
                Dispatch.DIRECT);
        List<PooledBuffer> memory = takeAllMemory();
        // A transport would have seen to a reserve before it read.
        assertThatThrownBy(() -> receive(100 * KIB)).isInstanceOf(IllegalStateException.class);
        memory.forEach(PooledBuffer::release);
        transport.sink().broken(new IOException("lost"), false);
        rig.reactor.settle();
        assertThat(calls).hasSize(1).first().asString().startsWith("close ");
    }

    // ---- tasks ------------------------------------------------------------------------------------------------------

    /** A task that asks for itself again must leave the thread to others in between. */
    @Test
    void tasksWithoutEndDoNotKeepTheThread() {
        StreamConnection connection = open(new Script(), Dispatch.WORKERS);
        int[] runs = new int[1];
        connection.execute(new Runnable() {
            @Override
            public void run() {
                if (runs[0]++ < 100_000) {
                    connection.execute(this);
                }
            }
        });
        rig.reactor.work();
        assertThat(runs[0]).as("tasks in one turn").isBetween(1, 1000);
        rig.reactor.settle();
        assertThat(runs[0]).isEqualTo(100_001);
    }

    @ParameterizedTest
    @EnumSource(
            value = Dispatch.class,
            names = {"DIRECT", "WORKERS"})
    void whatWasGivenBeforeTheEndRunsAndWhatThatGivesComesTooLate(Dispatch dispatch) {
        StreamConnection connection = open(new Script(), dispatch);
        int[] runs = new int[1];
        for (int i = 0; i < 2_000; i++) {
            connection.execute(() -> runs[0]++);
        }
        connection.execute(() -> {
            calls.add("last of " + runs[0]);
            connection.execute(() -> calls.add("too late"));
        });
        connection.abort();
        rig.reactor.settle();
        assertThat(calls).containsExactly("last of 2000", "close LOCAL");
    }
}
