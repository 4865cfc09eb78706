package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Promise 10: a steady unframed echo on the reactor makes no garbage, as the virtual machine itself counts it. */
class AllocationTest {
    private static final int WARM_UP = 30_000;
    private static final int MESSAGES = 30_000;

    @Test
    void aSteadyDirectEchoAllocatesNothingPerMessage() throws Exception {
        try (EventLoop loop = EventLoop.builder()
                .name("lean")
                .reactors(1)
                .dispatch(Dispatch.DIRECT)
                .pollTimeout(Duration.ZERO)
                .build()) {
            TcpServer server = TcpServer.builder(loop)
                    .bind("127.0.0.1", 0)
                    .handler(Connection::write)
                    .start();
            try (Socket socket = new Socket()) {
                socket.connect((InetSocketAddress) server.localAddress(), 20_000);
                socket.setSoTimeout(20_000);
                socket.setTcpNoDelay(true);
                echo(socket, WARM_UP);
                long before = allocated();
                echo(socket, MESSAGES);
                long bytes = allocated() - before;
                // A compiler thread's deoptimisation or a timer may cost a few objects, but nothing that grows with the
                // messages.
                assertThat(bytes / (double) MESSAGES).as("bytes per message").isLessThan(1);
            }
        }
    }

    private static void echo(Socket socket, int messages) throws IOException {
        OutputStream out = socket.getOutputStream();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] message = new byte[64];
        byte[] answer = new byte[64];
        for (int i = 0; i < messages; i++) {
            out.write(message);
            in.readFully(answer);
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
