package io.millio.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.internal.Lane;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import io.millio.pool.BufferPool;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The writing side between a network and a reactor that the test plays; it says, too, whether it is the reactor's thread. */
class StreamOutputTest implements OutputOwner, TransportSink, GatheringByteChannel {
    private boolean inReactor = true;
    private int room = Integer.MAX_VALUE;
    private long taken;
    private long arrived;
    private int ends;
    private final List<Throwable> failures = new ArrayList<>();
    private final Queue<SerialTask> workers = new ArrayDeque<>();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Integer> offered = new ArrayList<>();
    private final BufferPool buffers = BufferPool.create(64 * 1024);
    private final ReactorPort reactor = (ReactorPort) Proxy.newProxyInstance(
            ReactorPort.class.getClassLoader(), new Class<?>[] {ReactorPort.class}, (proxy, method, arguments) -> {
                switch (method.getName()) {
                    case "inReactor" -> {
                        return inReactor;
                    }
                    case "execute", "atBatchEnd" -> {
                        tasks.add((Runnable) arguments[0]);
                        return null;
                    }
                    case "workersLane" -> {
                        return (Lane) workers::add;
                    }
                    default -> throw new AssertionError("nobody should ask for " + method);
                }
            });
    private final StreamOutput output = new StreamOutput(this, this, reactor, buffers);

    private void turn() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Runs on a worker what waits for one. */
    private void work() {
        inReactor = false;
        workers.remove().run();
        inReactor = true;
    }

    private void sendElsewhere(FilePart part) {
        inReactor = false;
        output.send(part);
        inReactor = true;
    }

    private void sendElsewhere(ByteBuffer data) {
        inReactor = false;
        output.send(data);
        inReactor = true;
    }

    @AfterEach
    void nothingElseBroke() {
        assertThat(failures).isEmpty();
    }

    /** A reset is on its way; until the reactor has got to it, nothing from behind the missing bytes may leave. */
    @Test
    void nothingLeavesBehindAFileThatEndsTooEarly(@TempDir Path directory) throws IOException {
        try (FileChannel file = FileChannel.open(Files.write(directory.resolve("file"), new byte[10]))) {
            sendElsewhere(new FilePart(file, 0, 11));
            sendElsewhere(ByteBuffer.allocate(3));
            work();
            sendElsewhere(ByteBuffer.allocate(3));
            output.send(ByteBuffer.allocate(3));
            output.send(ByteBuffer.allocateDirect(3));
            turn();
        }
        assertThat(arrived).isEqualTo(10);
        assertThat(failures).hasSize(1).first().isInstanceOf(EOFException.class);
        failures.clear();
        assertThat(buffers.stats().used()).isZero();
    }

    /** Workers may be busy for long, and a reactor that asks over and over again meanwhile needs a processor for that. */
    @Test
    void anEndOfTheInputThatMustWaitForAFileWaitsAsleep(@TempDir Path directory) throws IOException {
        try (FileChannel file = FileChannel.open(Files.write(directory.resolve("file"), new byte[10]))) {
            sendElsewhere(new FilePart(file, 0, 10));
            output.endInput();
            assertThat(tasks).isEmpty();
            assertThat(ends).isZero();
            work();
            turn();
            assertThat(ends).as("the file is sent").isEqualTo(1);

            sendElsewhere(new FilePart(file, 0, 10));
            output.endInput();
            room = 5;
            work();
            assertThat(workers).as("what is to come waits for room").isEmpty();
            turn();
            assertThat(ends).as("the reactor holds the flush").isEqualTo(2);
            room = 5;
            output.flushHeld();
            work();
            turn();
            assertThat(ends).as("nobody is told twice").isEqualTo(2);

            room = 100;
            sendElsewhere(new FilePart(file, 0, 11));
            output.endInput();
            work();
            turn();
            assertThat(ends).as("an end behind a failure is none").isEqualTo(2);
            assertThat(failures).hasSize(1);
            failures.clear();
        }
    }

    /** Who is called under a lock of ours can wait for somebody who needs it. */
    @Test
    void whoLearnsThatAFileIsNotSentIsCalledUnderNoLock(@TempDir Path directory) throws IOException {
        List<String> seen = new ArrayList<>();
        try (FileChannel file = FileChannel.open(Files.write(directory.resolve("file"), new byte[10]))) {
            FilePart next = new FilePart(file, 0, 10);
            CompletableFuture<Void> other =
                    next.ended().whenComplete((none, error) -> seen.add(error == null ? "next sent" : "next failed"));
            FilePart part = new FilePart(file, 0, 10);
            CompletableFuture<Void> unused = part.ended().whenComplete((none, error) -> {
                seen.add((error == null ? "sent" : "failed") + (Thread.holdsLock(output) ? " under a lock" : ""));
                output.send(ByteBuffer.allocate(3));
                output.send(next);
            });
            room = 0;
            output.send(ByteBuffer.allocate(100));
            turn();
            inReactor = false;
            output.send(part);
            inReactor = true;
            output.discard();
            turn();
        }
        assertThat(seen).containsExactly("failed", "next failed");
        assertThat(buffers.stats().used()).isZero();
    }

    /** The JDK copies data on the heap into direct memory, as much at once as it is offered, and keeps that. */
    @Test
    void dataOnTheHeapThatFindsNoMemoryIsOfferedInPieces() {
        int size = 10 * 64 * 1024 + 1;
        ByteBuffer data = ByteBuffer.allocate(size);
        assertThat(output.send(data)).isTrue();
        assertThat(data.hasRemaining()).isFalse();
        assertThat(data.limit()).isEqualTo(size);
        assertThat(taken).isEqualTo(size);
        assertThat(offered).allMatch(bytes -> bytes <= 64 * 1024);
        turn();

        room = 100 * 1024;
        data.clear();
        assertThat(output.send(data)).as("there is memory for a tenth only").isFalse();
        assertThat(data.limit()).isEqualTo(size);
        assertThat(offered).allMatch(bytes -> bytes <= 64 * 1024);
    }

    // ---- the network ------------------------------------------------------------------------------------------------

    @Override
    public int write(ByteBuffer data) {
        if (!data.isDirect()) {
            offered.add(data.remaining());
        }
        int count = Math.min(room, data.remaining());
        room -= count;
        arrived += count;
        data.position(data.position() + count);
        return count;
    }

    @Override
    public long write(ByteBuffer[] parts, int offset, int length) {
        long count = 0;
        for (int i = offset; i < offset + length; i++) {
            count += write(parts[i]);
        }
        return count;
    }

    @Override
    public long write(ByteBuffer[] parts) {
        return write(parts, 0, parts.length);
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}

    // ---- the stream and what is above it ----------------------------------------------------------------------------

    @Override
    public TransportSink sink() {
        return this;
    }

    @Override
    public void updateInterest() {}

    @Override
    public void broken(Throwable cause, boolean reset) {
        failures.add(cause);
    }

    @Override
    public int receivable() {
        return 0;
    }

    @Override
    public void received(ByteBuffer data) {}

    @Override
    public void inputFinished() {
        ends++;
    }

    @Override
    public void written(long bytes) {
        taken += bytes;
    }

    @Override
    public void progressed(long bytes) {}
}
