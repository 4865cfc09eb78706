package io.millio.pool;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What does it cost to borrow 8 KiB of direct memory and to give it back, against allocating a heap buffer of that size
 * and against Netty's pooled allocator? All threads share one pool; Netty is allowed its caches per thread, which it
 * would otherwise keep for threads of its own kind only.
 *
 * <p>{@code mvn -Pjmh -pl mill-io-core test-compile exec:exec@jmh -Djmh.args="BufferPoolBenchmark -prof gc"}; with
 * {@code -t 4} for four threads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "-Dio.netty.allocator.useCacheForAllThreads=true")
public class BufferPoolBenchmark {
    private static final int CAPACITY = 8192;

    private final BufferPool pool = BufferPool.builder()
            .maxBytes(64 << 20)
            .leakDetection(LeakDetection.OFF)
            .build();
    private final PooledByteBufAllocator netty = PooledByteBufAllocator.DEFAULT;

    @Benchmark
    public void pool(Blackhole blackhole) {
        PooledBuffer pooled = pool.tryAcquire(CAPACITY);
        blackhole.consume(pooled.buffer());
        pooled.release();
    }

    @Benchmark
    public ByteBuffer heapAllocation() {
        return ByteBuffer.allocate(CAPACITY);
    }

    @Benchmark
    public void nettyPooled(Blackhole blackhole) {
        ByteBuf pooled = netty.directBuffer(CAPACITY);
        blackhole.consume(pooled);
        pooled.release();
    }
}
