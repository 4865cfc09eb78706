package io.millio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds what the jar of the core promises to those who put it on a path: what it needs and what it shows. */
class CoreJarTest {
    private static final String CORE = "io.millio.core";
    private static final Path MAIN_CLASSES = Path.of("target", "classes");
    /** Needed to compile only; the descriptor requires it static. */
    private static final String ANNOTATIONS = "org.jspecify.";

    @Test
    void jdepsFindsNoNeedButJavaBase() {
        assertThat(dependenciesAccordingToJdeps())
                .isNotEmpty()
                .filteredOn(line -> !line.endsWith(" java.base") && !line.endsWith(" " + CORE))
                .filteredOn(line -> !line.contains("-> " + ANNOTATIONS))
                .as("what the core needs beside java.base")
                .isEmpty();
    }

    @Test
    void theModuleRequiresNothingAtRunTime() throws IOException {
        assertThat(descriptor().requires().stream()
                        .filter(required -> !required.modifiers().contains(Requires.Modifier.STATIC))
                        .map(Requires::name))
                .containsOnly("java.base");
    }

    @Test
    void theModuleExportsAllPackagesButInternalOnes() throws IOException {
        Set<String> open = packages().stream()
                .filter(name -> !name.startsWith("io.millio.internal"))
                .collect(Collectors.toSet());
        assertThat(descriptor().exports())
                .as("exports in module-info.java")
                .allSatisfy(export -> assertThat(export.isQualified()).isFalse())
                .extracting(ModuleDescriptor.Exports::source)
                .containsExactlyInAnyOrderElementsOf(open);
    }

    @Test
    void theModuleKeepsItsName() throws IOException {
        assertThat(descriptor().name()).isEqualTo(CORE);
    }

    /** One line for each pair of classes, as {@code from -> to module}. */
    private static List<String> dependenciesAccordingToJdeps() {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out, true);
        int status = ToolProvider.findFirst("jdeps")
                .orElseThrow(() -> new AssertionError("no jdeps in " + System.getProperty("java.home") + ": use a JDK"))
                .run(writer, writer, "-verbose:class", MAIN_CLASSES.toString());
        assertThat(status).as("exit status of jdeps: %s", out).isZero();
        return out.toString()
                .lines()
                .filter(line -> line.startsWith("  ") && line.contains(" -> "))
                .map(line -> line.trim().replaceAll(" +", " "))
                .toList();
    }

    private static Set<String> packages() throws IOException {
        try (Stream<Path> files = Files.walk(MAIN_CLASSES)) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .map(file -> MAIN_CLASSES.relativize(file).getParent())
                    .filter(folder -> folder != null)
                    .map(folder ->
                            folder.toString().replace(folder.getFileSystem().getSeparator(), "."))
                    .collect(Collectors.toSet());
        }
    }

    private static ModuleDescriptor descriptor() throws IOException {
        try (InputStream in = Files.newInputStream(MAIN_CLASSES.resolve("module-info.class"))) {
            return ModuleDescriptor.read(in);
        }
    }
}
