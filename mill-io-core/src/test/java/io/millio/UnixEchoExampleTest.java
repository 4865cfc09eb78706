package io.millio;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Peer;
import java.io.BufferedReader;
import java.io.File;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the example as a user does, from its compiled class. */
class UnixEchoExampleTest {
    @Test
    @Timeout(60)
    void unixEchoAnswersAndLeavesNoFile(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("echo.sock");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        "target/classes" + File.pathSeparator + "target/example-classes",
                        "UnixEcho",
                        "--path=" + path)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("listening on " + path);
            try (Peer peer = Peer.connect(UnixDomainSocketAddress.of(path))) {
                assertThat(peer.send("hello").receiveText(5)).isEqualTo("hello");
            }
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(path).doesNotExist();
        } finally {
            process.destroyForcibly();
        }
    }
}
