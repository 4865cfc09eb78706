package io.millio.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.millio.sample.testkit.SampleTest;
import io.millio.spring.boot.context.MillServers;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Drives the sample through real sockets, on ports that the system chooses. */
@SampleTest
class SampleApplicationTests {
    private static final int TIMEOUT_MILLIS = 20_000;

    @Autowired
    MillServers servers;

    @Autowired
    MeterRegistry meters;

    @Test
    void anEchoComesBackAndIsCounted() throws IOException {
        double before = meters.get("mill.server.connections")
                .tag("server", "echo")
                .functionCounter()
                .count();
        try (Socket socket = connect(servers)) {
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readNBytes(5))
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("hello");
            assertThat(meters.get("mill.server.connections.active")
                            .tag("server", "echo")
                            .gauge()
                            .value())
                    .isGreaterThanOrEqualTo(1);
        }
        assertThat(meters.get("mill.server.connections")
                        .tag("server", "echo")
                        .functionCounter()
                        .count())
                .isEqualTo(before + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"workers", "direct"})
    void aMegabyteInOneBurstComesBackWhole(String dispatch) throws Exception {
        try (ConfigurableApplicationContext context = start(dispatch);
                Socket socket = connect(context.getBean(MillServers.class))) {
            byte[] sent = new byte[1 << 20];
            new Random(7).nextBytes(sent);
            Thread writer = new Thread(() -> write(socket, sent));
            writer.start();
            byte[] received = new byte[sent.length];
            new DataInputStream(socket.getInputStream()).readFully(received);
            writer.join();
            assertThat(received).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"workers", "direct"})
    void bytesThatComeOneByOneComeBackInOrder(String dispatch) throws Exception {
        try (ConfigurableApplicationContext context = start(dispatch);
                Socket socket = connect(context.getBean(MillServers.class))) {
            socket.setTcpNoDelay(true);
            for (int i = 0; i < 500; i++) {
                socket.getOutputStream().write(i);
                assertThat(socket.getInputStream().read()).isEqualTo(i & 0xFF);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"workers", "direct"})
    void twoHundredConnectionsAtOnceAreAllServed(String dispatch) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (ConfigurableApplicationContext context = start(dispatch)) {
            for (int i = 0; i < 200; i++) {
                sockets.add(connect(context.getBean(MillServers.class)));
            }
            for (int i = 0; i < 200; i++) {
                sockets.get(i).getOutputStream().write(i);
            }
            for (int i = 0; i < 200; i++) {
                assertThat(sockets.get(i).getInputStream().read()).isEqualTo(i);
                sockets.get(i).close();
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"workers", "direct"})
    void aClientThatHalfClosesGetsItsWholeAnswer(String dispatch) throws Exception {
        try (ConfigurableApplicationContext context = start(dispatch)) {
            for (int i = 0; i < 100; i++) {
                try (Socket socket = connect(context.getBean(MillServers.class))) {
                    socket.getOutputStream().write(("request " + i).getBytes(StandardCharsets.US_ASCII));
                    socket.shutdownOutput();
                    assertThat(socket.getInputStream().readAllBytes())
                            .asString(StandardCharsets.US_ASCII)
                            .isEqualTo("request " + i);
                }
            }
        }
    }

    private static ConfigurableApplicationContext start(String dispatch) {
        return new SpringApplicationBuilder(SampleApplication.class)
                .run(
                        "--server.port=0",
                        "--mill.servers.echo.port=0",
                        "--mill.servers.rpc.port=0",
                        "--mill.servers.statsd-udp.port=0",
                        "--mill.servers.statsd-tcp.port=0",
                        "--mill.servers.echo.dispatch=" + dispatch);
    }

    private static Socket connect(MillServers servers) throws IOException {
        Socket socket = new Socket();
        socket.connect((InetSocketAddress) servers.localAddress("echo"), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
