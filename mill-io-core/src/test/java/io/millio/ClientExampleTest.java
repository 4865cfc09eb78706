package io.millio;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.EventLoop;
import io.millio.net.Framing;
import io.millio.net.TcpServer;
import io.millio.testkit.Await;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The example Client.java runs as its head says, in a JVM of its own. */
class ClientExampleTest {
    private static String run(int expectedStatus, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Path.of("target", "classes")
                        + System.getProperty("path.separator")
                        + Path.of("target", "example-classes"),
                "Client"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(Await.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as("ends by itself")
                    .isTrue();
            assertThat(process.exitValue()).as(output).isEqualTo(expectedStatus);
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void itSendsAndCountsWhatComesBack() throws Exception {
        try (EventLoop loop = EventLoop.create();
                TcpServer server = TcpServer.builder(loop)
                        .bind("127.0.0.1", 0)
                        .framing(Framing.lines())
                        .handler((connection, line) -> connection.writeFrame(line))
                        .start()) {
            int port = ((InetSocketAddress) server.localAddress()).getPort();
            assertThat(run(0, "--port=" + port, "--count=2000", "--message=hi"))
                    .contains("connected to /127.0.0.1:" + port)
                    .contains("2000 replies, in order");
            assertThat(run(1, "--prot=" + port)).contains("unknown options [prot]");
        }
    }
}
