package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.internal.LoopAccess;
import io.millio.loop.EventLoop;
import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import io.millio.testkit.Await;
import io.millio.testkit.ManualTicker;
import io.millio.testkit.Peer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Memory that a loop no longer needs does not stay with it. */
class BufferTrimTest {
    private static final int MIB = 1 << 20;

    private final ManualTicker ticker = new ManualTicker();

    @Test
    void whatNobodyNeedsIsGivenBackInEveryLifeOfTheLoop() {
        try (EventLoop loop = EventLoop.builder()
                        .reactors(1)
                        .ticker(ticker)
                        .pollTimeout(Duration.ofMillis(5))
                        .build();
                TcpServer server = TcpServer.builder(loop)
                        .bind("127.0.0.1", 0)
                        .idleTimeout(Duration.ZERO)
                        .stallTimeout(Duration.ZERO)
                        .handler((connection, data) -> connection.write(data))
                        .build()) {
            for (int life = 0; life < 2; life++) {
                loop.start();
                server.start();
                try (Peer peer = Peer.connect(server.localAddress())) {
                    peer.send("x").receive(1);
                    swell(loop);
                    assertThat(server.bufferPoolStats().bytesFree()).isGreaterThanOrEqualTo(8 * MIB);
                    Await.until("the memory to be given back", () -> {
                        ticker.advance(BufferTrim.INTERVAL);
                        return server.bufferPoolStats().bytesFree() <= MIB;
                    });
                    peer.send("y").receive(1);
                }
                loop.shutdown(Duration.ofSeconds(1)).toCompletableFuture().join();
            }
        }
    }

    private static void swell(EventLoop loop) {
        BufferPool pool = LoopAccess.of(loop).shared(BufferPool.class, () -> {
            throw new AssertionError("the server has made it");
        });
        List<PooledBuffer> buffers =
                IntStream.range(0, 8).mapToObj(i -> pool.tryAcquire(MIB)).toList();
        buffers.forEach(PooledBuffer::release);
    }
}
