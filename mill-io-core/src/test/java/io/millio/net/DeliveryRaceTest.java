package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.internal.SerialTask;
import io.millio.loop.Dispatch;
import io.millio.testkit.Await;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The reactor and a worker at the same connections at the same time, as often as it takes to meet in the wrong place. */
class DeliveryRaceTest {
    private static final int BATCHES = 200;
    private static final int CONNECTIONS = 200;

    /** Counts what it gets; a connection is done when it has been closed. */
    private static final class Count implements ConnectionHandler {
        final AtomicInteger received = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            received.addAndGet(data.remaining());
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            closed.incrementAndGet();
        }
    }

    /** A worker may look into a mailbox at any moment between the last bytes and the end that follows them. */
    @Test
    void theEndOfTheInputNeverOvertakesTheLastBytes() throws Exception {
        Count count = new Count();
        AtomicBoolean over = new AtomicBoolean();
        try (HandRig rig = new HandRig(count, Dispatch.WORKERS, builder -> builder)) {
            Thread worker = new Thread(() -> work(rig, over), "worker");
            worker.start();
            try {
                for (int batch = 1; batch <= BATCHES; batch++) {
                    feedAndEnd(rig);
                    int closed = batch * CONNECTIONS;
                    Await.until(() -> closed + " closed connections, there are " + count.closed, () -> {
                        rig.reactor.turn();
                        return count.closed.get() == closed;
                    });
                    assertThat(count.received).as("bytes of batch %d", batch).hasValue(8 * closed);
                }
            } finally {
                over.set(true);
                worker.join(30_000);
            }
            assertThat(rig.errors()).isEmpty();
        }
    }

    /** Opens many, so that the worker is busy with the first ones while these get their bytes and their end. */
    private static void feedAndEnd(HandRig rig) {
        ByteBuffer bytes = ByteBuffer.allocate(8);
        List<HandTransport> transports = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            HandTransport transport = new HandTransport();
            transports.add(transport);
            rig.open(transport);
        }
        for (HandTransport transport : transports) {
            transport.sink().received(bytes.clear());
            transport.sink().inputFinished();
        }
    }

    private static void work(HandRig rig, AtomicBoolean over) {
        while (!over.get()) {
            SerialTask mailbox = rig.reactor.nextMailbox();
            if (mailbox != null) {
                mailbox.run();
            } else {
                Thread.yield();
            }
        }
    }
}
