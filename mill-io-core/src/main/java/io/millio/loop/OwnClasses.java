package io.millio.loop;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.stream.Stream;

/** The classes of this library, as files; stateless, for any thread. */
final class OwnClasses {
    private static final String SUFFIX = ".class";

    private OwnClasses() {}

    /**
     * Loads them all if they lie in a directory, as they do when a program is run from its build. At the limit of open files no
     * class file can be opened either, and what could not be loaded once the JVM never tries to load again: a server would stay
     * deaf when the limit is long gone. A jar is open already, and has its classes loaded when they are needed.
     */
    static void load() {
        CodeSource source = OwnClasses.class.getProtectionDomain().getCodeSource();
        if (source == null || !"file".equals(source.getLocation().getProtocol())) {
            return;
        }
        try {
            Path root = Path.of(source.getLocation().toURI());
            if (Files.isDirectory(root)) {
                loadBelow(root);
            }
        } catch (IOException | URISyntaxException | RuntimeException unreadable) {
            // Then they are loaded when they are needed.
        }
    }

    private static void loadBelow(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("io").resolve("millio"))) {
            files.map(file -> root.relativize(file).toString())
                    .filter(name -> name.endsWith(SUFFIX) && !name.endsWith("package-info.class"))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .map(name -> name.replace(root.getFileSystem().getSeparator(), "."))
                    .forEach(OwnClasses::loadOne);
        }
    }

    private static void loadOne(String name) {
        try {
            Class.forName(name, false, OwnClasses.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError notHere) {
            // Somebody else's class in the same directory, or one for a later JDK.
        }
    }
}
