package io.millio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the example as a user does, from its compiled class. */
class FileWatcherExampleTest {
    @Test
    @Timeout(60)
    void fileWatcherPrintsWhatHappensAndEndsWhenAsked(@TempDir Path directory) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        "target/classes" + File.pathSeparator + "target/example-classes",
                        "FileWatcher",
                        "--path=" + directory)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("watching " + directory);
            Path made = Files.createDirectory(directory.resolve("made"));
            assertThat(output.readLine()).isEqualTo("CREATED " + made);
            Path renamed = Files.move(made, directory.resolve("renamed"));
            assertThat(output.readLine()).isEqualTo("RENAMED " + made + " -> " + renamed);
            Files.delete(renamed);
            assertThat(output.readLine()).isEqualTo("DELETED " + renamed);
            process.toHandle().destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(output.readLine()).startsWith("FileWatchStats[files=0, directories=1, events=3, ");
        } finally {
            process.destroyForcibly();
        }
    }
}
