package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** At the limit of open files no class can be loaded from a directory, so a loop that runs must have them all. */
class OwnClassesTest {
    private static final Path CLASSES = Path.of("target", "classes");

    /** Run in a JVM of its own, which logs what it loads. */
    static final class Started {
        private Started() {}

        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.create()) {
                loop.start();
                System.out.println("started");
            }
        }
    }

    @Test
    @Timeout(60)
    void aRunningLoopHasLoadedEveryClassOfItsDirectory() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load:stdout",
                        "-cp",
                        CLASSES + File.pathSeparator + Path.of("target", "test-classes"),
                        Started.class.getName())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            Set<String> missing = classFiles();
            Pattern loaded = Pattern.compile("(io\\.millio\\.\\S+) source: file");
            String line = output.readLine();
            for (; line != null && !line.equals("started"); line = output.readLine()) {
                Matcher matcher = loaded.matcher(line);
                if (matcher.find()) {
                    missing.remove(matcher.group(1));
                }
            }
            assertThat(line).isEqualTo("started");
            assertThat(missing).isEmpty();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static Set<String> classFiles() throws IOException {
        try (Stream<Path> files = Files.walk(CLASSES.resolve("io"))) {
            return files.map(file -> CLASSES.relativize(file).toString())
                    .filter(name -> name.endsWith(".class") && !name.endsWith("package-info.class"))
                    .map(name -> name.replace(File.separatorChar, '.').replace(".class", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
