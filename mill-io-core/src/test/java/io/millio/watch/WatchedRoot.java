package io.millio.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A directory to watch, which a test may delete and make anew. Owned by the test's thread. */
abstract class WatchedRoot {
    @TempDir
    Path temporary;

    Path root;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectory(temporary.resolve("root"));
    }

    static void fill(Path directory, int files) throws IOException {
        Files.createDirectories(directory);
        for (int i = 0; i < files; i++) {
            Files.createFile(directory.resolve("f" + i));
        }
    }
}
