package io.millio.net;

import io.millio.pool.BufferPool;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What does it cost to cut one frame out of a read buffer, and out of one that the network cut within a frame? The
 * baseline slices at places it knows, so the difference is the search for them.
 *
 * <pre>{@code
 * mvn -Pjmh -pl mill-io-core test-compile exec:exec@jmh -Djmh.args="FramingBenchmark -prof gc"
 * }</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FramingBenchmark {
    private static final int FRAMES = 256;

    /** What is read at once where the network cuts. */
    private static final int SEGMENT = 1448;

    @Param({"lines", "delimiter", "fixed", "length", "varint"})
    public String kind;

    @Param({"16", "256", "4000"})
    public int payload;

    private ByteBuffer in;
    private FrameAssembler assembler;

    @Setup
    public void fill() {
        Framing framing = framing();
        FrameCodec codec = framing.codec();
        in = ByteBuffer.allocateDirect(FRAMES * (payload + 8));
        for (int i = 0; i < FRAMES; i++) {
            codec.putHead(in, payload);
            for (int b = 0; b < payload; b++) {
                in.put((byte) ('a' + b % 26));
            }
            codec.putTail(in);
        }
        in.flip();
        assembler = new FrameAssembler(framing, BufferPool.create(1 << 20));
    }

    private Framing framing() {
        return switch (kind) {
            case "lines" -> Framing.lines();
            case "delimiter" -> Framing.delimiter(new byte[] {'\r', '\n'});
            case "fixed" -> Framing.fixed(payload);
            case "length" -> Framing.lengthPrefixed(4);
            default -> Framing.varint();
        };
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void slicesAlone(Blackhole blackhole) {
        for (int i = 0; i < FRAMES; i++) {
            blackhole.consume(in.slice(i * payload, payload));
        }
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void insideTheReadBuffer(Blackhole blackhole) {
        deliver(in.rewind(), blackhole);
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void cutIntoSegments(Blackhole blackhole) {
        int end = in.limit();
        in.rewind();
        for (int to = SEGMENT; to < end; to += SEGMENT) {
            deliver(in.limit(to), blackhole);
        }
        deliver(in.limit(end), blackhole);
    }

    private void deliver(ByteBuffer bytes, Blackhole blackhole) {
        for (ByteBuffer frame = assembler.next(bytes); frame != null; frame = assembler.next(bytes)) {
            blackhole.consume(frame);
        }
    }
}
