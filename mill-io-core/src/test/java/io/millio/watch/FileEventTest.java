package io.millio.watch;

import static io.millio.watch.FileEvent.Kind.CREATED;
import static io.millio.watch.FileEvent.Kind.DELETED;
import static io.millio.watch.FileEvent.Kind.MODIFIED;
import static io.millio.watch.FileEvent.Kind.RENAMED;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Which events a change gives. */
class FileEventTest extends WatchedRoot {
    private final CountDownLatch gate = new CountDownLatch(1);

    private Path file(String name) throws IOException {
        return Files.writeString(root.resolve(name), "content of " + name);
    }

    /** One that takes no notification before the gate is open: then several changes are one, however slow the machine makes them. */
    private Observer gated() {
        Faults faults = new Faults();
        Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofMillis(100)).notifiers = faults);
        faults.gate = gate;
        return observer;
    }

    @Test
    void aFileIsCreatedModifiedAndDeleted() throws IOException {
        try (Observer observer = Observer.of(root)) {
            Path file = file("a");
            assertThat(observer.awaitEvent(CREATED, file).directory()).isFalse();
            Files.writeString(file, "something else");
            observer.awaitEvent(MODIFIED, file);
            Files.delete(file);
            observer.awaitEvent(DELETED, file);
            assertThat(observer.settled).hasPositiveValue();
        }
    }

    @Test
    void aModificationThatNoAttributeShowsIsTold() throws IOException {
        Path file = file("a");
        FileTime time = Files.getLastModifiedTime(file);
        try (Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofMillis(100)))) {
            Files.writeString(file, "CONTENT OF A");
            Files.setLastModifiedTime(file, time);
            observer.awaitEvent(MODIFIED, file);
        }
    }

    @Test
    void aBurstOfModificationsIsOneEvent() throws IOException {
        Path burst = file("burst");
        try (Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofSeconds(1)))) {
            long start = System.nanoTime();
            for (int i = 0; i < 200 && System.nanoTime() - start < 50_000_000; i++) {
                Files.writeString(burst, "number " + i);
            }
            Path after = file("after");
            observer.awaitEvent(CREATED, after);
            observer.awaitEvent(MODIFIED, burst);
            assertThat(observer.told(root, MODIFIED)).containsOnlyOnce("MODIFIED burst");
        }
    }

    @Test
    void aRenameIsOneEventAcrossDirectories() throws IOException {
        Files.createDirectory(root.resolve("d"));
        Path from = file("a");
        try (Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofMillis(100)))) {
            Path to = Files.move(from, root.resolve("d/b"));
            assertThat(observer.awaitEvent(RENAMED, to).from()).isEqualTo(from);
            assertThat(observer.told(root, DELETED, MODIFIED)).isEmpty();
        }
    }

    @Test
    void aFileSavedByARenameIsModified() throws IOException {
        Path file = file("config");
        try (Observer observer = gated()) {
            Path saved = file("config.tmp");
            Files.move(saved, file, StandardCopyOption.REPLACE_EXISTING);
            gate.countDown();
            observer.awaitEvent(MODIFIED, file);
            assertThat(observer.told(root)).doesNotContain("CREATED config.tmp");
        }
    }

    @Test
    void aRenameOntoAFileReplacesIt() throws IOException {
        Path file = file("a");
        Path other = file("b");
        try (Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofMillis(100)))) {
            Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
            assertThat(observer.awaitEvent(RENAMED, file).from()).isEqualTo(other);
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void twoFilesThatChangePlacesAreBothModified() throws IOException {
        Path a = file("a");
        Path b = file("b");
        try (Observer observer = gated()) {
            Files.move(a, root.resolve("c"));
            Files.move(b, a);
            Files.move(root.resolve("c"), b);
            gate.countDown();
            observer.awaitEvent(MODIFIED, a);
            observer.awaitEvent(MODIFIED, b);
            assertThat(observer.told(root, RENAMED, DELETED)).isEmpty();
        }
    }

    @Test
    void twoDirectoriesThatChangePlacesAreDeletedAndCreated() throws IOException {
        Path a = Files.createDirectory(root.resolve("a"));
        Path b = Files.createDirectory(root.resolve("b"));
        file("a/of-a");
        file("b/of-b");
        try (Observer observer = gated()) {
            Files.move(a, root.resolve("c"));
            Files.move(b, a);
            Files.move(root.resolve("c"), b);
            gate.countDown();
            observer.awaitEvent(RENAMED, root.resolve("b/of-a"));
            observer.awaitEqualTo(root);
            assertThat(observer.told(root, DELETED)).containsExactlyInAnyOrder("DELETED a", "DELETED b");
        }
    }

    @Test
    void aDirectoryIsRenamedWithAllItHoldsAndWatchedUnderItsNewName() throws IOException {
        Files.createDirectories(root.resolve("d/e"));
        file("d/e/f");
        try (Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofMillis(100)))) {
            Files.move(root.resolve("d"), root.resolve("g"));
            observer.awaitEvent(RENAMED, root.resolve("g/e/f"));
            assertThat(observer.told(root, RENAMED))
                    .containsExactly("RENAMED d -> g", "RENAMED d/e -> g/e", "RENAMED d/e/f -> g/e/f");
            observer.awaitEvent(CREATED, file("g/e/later"));
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void aDirectoryIsDeletedAfterWhatItHolds() throws IOException {
        Files.createDirectories(root.resolve("d/e"));
        file("d/e/f");
        try (Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofMillis(200)))) {
            Files.delete(root.resolve("d/e/f"));
            Files.delete(root.resolve("d/e"));
            Files.delete(root.resolve("d"));
            observer.awaitEvent(DELETED, root.resolve("d"));
            assertThat(observer.told(root, DELETED)).containsExactly("DELETED d/e/f", "DELETED d/e", "DELETED d");
        }
    }

    @Test
    void aFileThatBecomesADirectoryIsDeletedAndCreated() throws IOException {
        Path path = file("a");
        try (Observer observer = Observer.of(root, settings -> settings.coalesce(Duration.ofMillis(100)))) {
            Files.delete(path);
            Files.createDirectory(path);
            Path inside = file("a/b");
            observer.awaitEvent(CREATED, inside);
            assertThat(observer.told(root, DELETED)).containsExactly("DELETED a");
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void subdirectoriesAreOnlyPathsUnlessAskedFor() throws IOException {
        Files.createDirectory(root.resolve("d"));
        try (Observer observer = Observer.of(root, settings -> settings.recursive(false))) {
            file("d/inside");
            Path made = Files.createDirectory(root.resolve("e"));
            assertThat(observer.awaitEvent(CREATED, made).directory()).isTrue();
            assertThat(observer.view).containsExactly(root, root.resolve("d"), made);
        }
    }

    @Test
    void whatIsThereIsToldOnlyIfAskedFor() throws IOException {
        file("a");
        try (Observer observer = Observer.of(root, settings -> settings.existing(false))) {
            observer.view.addAll(List.of(root, root.resolve("a")));
            observer.awaitEvent(CREATED, file("b"));
            assertThat(observer.told(root, CREATED)).containsExactly("CREATED b");
            assertThat(observer.watch.stats().files()).isEqualTo(2);
            assertThat(observer.watch.stats().directories()).isEqualTo(1);
        }
    }

    @Test
    void circlesOfLinksAreNotFollowed() throws IOException {
        Files.createDirectory(root.resolve("d"));
        Files.createSymbolicLink(root.resolve("d/circle"), root);
        try (Observer observer = Observer.of(root)) {
            Path link = Files.createSymbolicLink(root.resolve("self"), Path.of("self"));
            assertThat(observer.awaitEvent(CREATED, link).directory()).isFalse();
            observer.awaitEvent(CREATED, file("d/after"));
            observer.awaitEqualTo(root);
            assertThat(observer.watch.stats().directories()).isEqualTo(2);
        }
    }

    @Test
    void aWatchedLinkIsFollowedToWhereItLeadsNow() throws IOException {
        file("a");
        Path other = Files.createDirectory(temporary.resolve("other"));
        Files.writeString(other.resolve("b"), "b");
        Path link = Files.createSymbolicLink(temporary.resolve("link"), root);
        try (Observer observer = Observer.of(link)) {
            observer.awaitEvent(CREATED, link.resolve("a"));
            Path next = Files.createSymbolicLink(temporary.resolve("next"), other);
            Files.move(next, link, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            observer.awaitEvent(CREATED, link.resolve("b"));
            assertThat(observer.view).containsExactly(link, link.resolve("b"));
            Files.writeString(other.resolve("c"), "c");
            observer.awaitEvent(CREATED, link.resolve("c"));
        }
    }
}
