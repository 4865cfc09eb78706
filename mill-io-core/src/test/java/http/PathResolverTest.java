package http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PathResolverTest {
    @TempDir
    private static Path directory;

    private static PathResolver resolver;

    @BeforeAll
    static void makeTree() throws Exception {
        resolver = new PathResolver(TraversalPaths.makeTree(directory));
    }

    private static Resource find(String path) {
        String normal = PathResolver.normalise(path);
        return normal == null ? null : resolver.find(normal);
    }

    static Stream<TraversalPaths.Case> hostile() {
        return TraversalPaths.all().stream();
    }

    @Test
    void theTableIsAsLongAsItShouldBe() {
        assertThat(hostile()).hasSizeGreaterThanOrEqualTo(40);
        assertThat(hostile().map(TraversalPaths.Case::path)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void nothingHostileIsFound(TraversalPaths.Case hostile) {
        String normal = PathResolver.normalise(hostile.path());
        if (hostile.status() == 400) {
            assertThat(normal).isNull();
        } else {
            assertThat(normal).isNotNull();
            assertThat(resolver.find(normal)).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/a.txt, a.txt",
        "/%61.txt, a.txt",
        "/./a.txt, a.txt",
        "/sub/../a.txt, a.txt",
        "/%2e/a.txt, a.txt",
        "/sub/%2E%2e/a.txt, a.txt",
        "/none/../a.txt, a.txt",
        "/sub/, sub/index.html",
        "/sub/., sub/index.html",
        "/sub/deeper/.., sub/index.html",
        "/sub/index.html, sub/index.html",
        "/with%20blank.txt, with blank.txt",
        "/with%2520blank.txt, with%20blank.txt",
        "/b%2541.txt, b%41.txt",
        "/%C3%A4.txt, ä.txt",
        "/a..b, a..b",
        "/a%3Ab, a:b",
        "/inside, a.txt",
        "/inside-dir/, sub/index.html",
        "/inside-absolute, a.txt",
        "/outside-dir/root/a.txt, a.txt"
    })
    void whatIsInsideIsFoundUnderEachOfItsNames(String path, String file) throws IOException {
        Resource found = find(path);
        assertThat(found).isNotNull();
        assertThat(Files.isSameFile(found.file(), directory.resolve("root").resolve(file)))
                .isTrue();
        assertThat(found.isDirectory()).isFalse();
    }

    @Test
    void aDirectoryWithoutItsSlashIsToldFromAFile() {
        assertThat(find("/sub").isDirectory()).isTrue();
        assertThat(find("/sub/deeper/")).as("it has no index").isNull();
        assertThat(find("/a.txt/")).as("it is no directory").isNull();
    }

    @Test
    void aFileThatWasReplacedByALinkIsNotOpened() throws IOException {
        Files.writeString(directory.resolve("root/replaced"), "");
        Resource found = find("/replaced");
        Files.delete(found.file());
        Files.createSymbolicLink(found.file(), directory.resolve("secret"));
        assertThatThrownBy(found::open).isInstanceOf(IOException.class);
    }

    @Test
    void noFileIsYoungerThanNow() throws IOException {
        Path file = Files.writeString(directory.resolve("root/dated"), "");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(1, ChronoUnit.DAYS)));
        assertThat(find("/dated").modified()).isBeforeOrEqualTo(Instant.now());
        Instant past = Instant.parse("2001-02-03T04:05:06.789Z");
        Files.setLastModifiedTime(file, FileTime.from(past));
        assertThat(find("/dated").modified()).isEqualTo(past.truncatedTo(ChronoUnit.SECONDS));
    }

    @Test
    void aRootIsADirectoryAndMayBeALink() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("root"));
        assertThat(new PathResolver(link).find("/a.txt")).isNotNull();
        assertThatThrownBy(() -> new PathResolver(directory.resolve("secret")))
                .isInstanceOf(NotDirectoryException.class)
                .hasMessageContaining("--root=DIR");
    }
}
