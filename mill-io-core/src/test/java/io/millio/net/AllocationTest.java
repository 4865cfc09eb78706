package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.pool.LeakDetection;
import io.millio.testkit.Peer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Promise 10: a steady unframed echo on the reactor makes no garbage, as the virtual machine itself counts it. */
class AllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int MESSAGES = 15_000;

    private final String leakDetection = System.getProperty(LeakDetection.PROPERTY, "off");

    /** Which gives every loan a handle and a stack of its own. */
    @BeforeEach
    void withoutLeakDetection() {
        System.setProperty(LeakDetection.PROPERTY, "off");
    }

    @AfterEach
    void asBefore() {
        System.setProperty(LeakDetection.PROPERTY, leakDetection);
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void aSteadyDirectEchoAllocatesNothingPerMessage(Door door) {
        try (EventLoop loop = EventLoop.builder()
                .name("lean")
                .reactors(1)
                .dispatch(Dispatch.DIRECT)
                .pollTimeout(Duration.ZERO)
                .build()) {
            TcpServer server = TcpServer.builder(loop)
                    .bind(door.fresh())
                    .handler(Connection::write)
                    .start();
            try (Peer peer = Peer.connect(server.localAddress())) {
                echo(peer, WARM_UP);
                long before = allocated();
                echo(peer, MESSAGES);
                long bytes = allocated() - before;
                // A compiler thread's deoptimisation or a timer may cost a few objects, but nothing that grows with the
                // messages.
                assertThat(bytes / (double) MESSAGES).as("bytes per message").isLessThan(1);
            }
        }
    }

    private static void echo(Peer peer, int messages) {
        byte[] message = new byte[64];
        for (int i = 0; i < messages; i++) {
            peer.send(message).receive(64);
        }
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().equals("lean-reactor-0")) {
                return threads.getThreadAllocatedBytes(id);
            }
        }
        throw new AssertionError("the reactor's thread is not there");
    }
}
