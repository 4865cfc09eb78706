package io.millio.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.watch.FileEvent.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is done to a directory, the events lead to what it holds. */
class WatchConvergenceTest extends WatchedRoot {
    private static void delete(Path directory) throws IOException {
        for (Path path : Observer.walk(directory).descendingSet()) {
            Files.delete(path);
        }
    }

    @Test
    void aThousandCreatesAreAllTold() throws IOException {
        try (Observer observer = Observer.of(root)) {
            fill(root, 1000);
            observer.awaitEqualTo(root);
            assertThat(observer.watch.stats().files()).isEqualTo(1000);
        }
    }

    @Test
    void aStormOfRenamesLeavesTheLastNames() throws IOException {
        fill(root, 100);
        try (Observer observer = Observer.of(root)) {
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < 100; i++) {
                    Path from = root.resolve(round == 0 ? "f" + i : "r" + (round - 1) + "-" + i);
                    Files.move(from, root.resolve("r" + round + "-" + i));
                }
            }
            observer.awaitEqualTo(root);
            assertThat(observer.view).contains(root.resolve("r19-99")).hasSize(101);
        }
    }

    @Test
    void aRootThatIsDeletedAndComesBackIsWatchedAgain() throws IOException {
        fill(root.resolve("d"), 50);
        try (Observer observer = Observer.of(root)) {
            delete(root);
            observer.awaitEvent(Kind.DELETED, root);
            assertThat(observer.view).isEmpty();
            fill(root.resolve("e"), 50);
            observer.awaitEqualTo(root);
            Files.createFile(root.resolve("e/later"));
            observer.awaitEqualTo(root);
            // At once, so that its inode is used again before anybody has looked.
            delete(root);
            fill(root.resolve("g"), 50);
            observer.awaitEqualTo(root);
            Files.createFile(root.resolve("g/later"));
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void aRootThatIsMovedAwayIsNotWatchedThere() throws IOException {
        fill(root, 3);
        Path away = temporary.resolve("away");
        try (Observer observer = Observer.of(root)) {
            Files.move(root, away);
            observer.awaitEqualTo(root);
            fill(root, 2);
            observer.awaitEqualTo(root);
            Files.createFile(away.resolve("unseen"));
            Files.createFile(root.resolve("seen"));
            observer.awaitEvent(Kind.CREATED, root.resolve("seen"));
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void overflowsAreMadeUpForByLooking() throws IOException {
        Faults faults = new Faults();
        faults.overflow = true;
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            fill(root.resolve("d"), 100);
            observer.awaitEqualTo(root);
            Files.writeString(root.resolve("d/f7"), "longer");
            observer.awaitEvent(Kind.MODIFIED, root.resolve("d/f7"));
            delete(root.resolve("d"));
            observer.awaitEqualTo(root);
            assertThat(observer.watch.stats().overflows()).isPositive();
            assertThat(observer.watch.stats().scans()).isGreaterThan(1);
        }
    }

    @Test
    void filesMadeWhileTheirDirectoryIsRegisteredAreFound() throws IOException {
        Faults faults = new Faults();
        AtomicInteger number = new AtomicInteger();
        Path made = root.resolve("d");
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            faults.onRegister = () -> {
                try {
                    Files.createFile(made.resolve("f" + number.incrementAndGet()));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            };
            Files.createDirectory(made);
            Await.until("the directory is registered", () -> number.get() >= 2);
            observer.awaitEqualTo(root);
        }
    }

    /** What is watched then is the other directory, which nobody would notice by looking at the first one again. */
    @Test
    void aDirectoryThatAnotherStandsInForWhileItIsRegisteredIsWatched() throws IOException {
        Path first = root.resolve("d");
        Path other = Files.createDirectory(temporary.resolve("other"));
        Path away = temporary.resolve("away");
        Faults faults = new Faults();
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            AtomicInteger number = new AtomicInteger();
            faults.onRegister = () -> {
                switch (number.incrementAndGet()) {
                    case 1 -> exchange(first, away, other);
                    case 2 -> exchange(first, other, away);
                    default -> {}
                }
            };
            Files.createDirectory(first);
            Await.until("the directory is registered", () -> number.get() >= 2);
            observer.awaitEqualTo(root);
            Files.createFile(first.resolve("later"));
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void aDirectoryThatAnotherStandsInForWhileItIsReadIsReadAgain() throws IOException {
        Path first = root.resolve("d");
        Path other = Files.createDirectories(temporary.resolve("other"));
        Path away = temporary.resolve("away");
        fill(other.resolve("inner"), 1);
        fill(other, 3);
        Faults faults = new Faults();
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            AtomicInteger number = new AtomicInteger();
            faults.onRegister = () -> {
                switch (number.incrementAndGet()) {
                    case 2 -> exchange(first, away, other);
                    // That of the directory inside the other one, of which everything has been read.
                    case 3 -> exchange(first, other, away);
                    default -> {}
                }
            };
            Files.createDirectory(first);
            Await.until("the other directory is read", () -> number.get() >= 3);
            observer.awaitEqualTo(root);
            Files.createFile(first.resolve("later"));
            observer.awaitEqualTo(root);
        }
    }

    /** Moves what stands at a path away, and another directory there. */
    private static void exchange(Path path, Path away, Path other) {
        try {
            Files.move(path, away);
            Files.move(other, path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFailureThatNobodyExpectedIsReportedAndEndsNothing() throws IOException {
        Faults faults = new Faults();
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            RuntimeException planted = new IllegalStateException("planted");
            faults.failure.set(planted);
            Files.createFile(root.resolve("f"));
            Await.until("the report", () -> observer.reported.contains(planted));
            Files.createFile(root.resolve("later"));
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void overlappingWatchesDoNotDisturbEachOther() throws IOException {
        Path inner = Files.createDirectory(root.resolve("inner"));
        Faults faults = new Faults();
        try (Observer outer = Observer.of(root, settings -> settings.notifiers = faults)) {
            try (FileWatch second = FileWatch.on(outer.loop)
                    .path(inner)
                    .handler((watch, event) -> {})
                    .start()) {
                Files.createFile(inner.resolve("a"));
                Await.until("the second watch sees it", () -> second.stats().files() == 1);
                assertThat(faults.open).as("one notifier for both").hasValue(1);
            }
            outer.awaitEqualTo(root);
            Files.createFile(inner.resolve("b"));
            outer.awaitEvent(Kind.CREATED, inner.resolve("b"));
        }
        assertThat(faults.open).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void randomOperationsLeadToTheSameView(boolean overflows) throws IOException {
        long seed = Long.getLong("millio.seed", ThreadLocalRandom.current().nextLong());
        Random random = new Random(seed);
        Faults faults = new Faults();
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            for (int round = 0; round < 15; round++) {
                faults.overflow = overflows && random.nextBoolean();
                for (int i = random.nextInt(60); i >= 0; i--) {
                    change(random);
                }
                if (random.nextInt(3) == 0) {
                    observer.awaitEqualTo(root);
                }
            }
            observer.awaitEqualTo(root);
            assertThat(observer.watch.stats().files() + observer.watch.stats().directories())
                    .isEqualTo(observer.view.size());
        } catch (AssertionError e) {
            throw new AssertionError("with -Dmillio.seed=" + seed, e);
        }
    }

    /** Among few names, so that they meet each other. */
    private void change(Random random) throws IOException {
        Path path = randomPath(random);
        try {
            switch (random.nextInt(8)) {
                case 0, 1 -> Files.createDirectories(path);
                case 2, 3 -> Files.writeString(path, "x".repeat(random.nextInt(10)));
                case 4 -> Files.deleteIfExists(path);
                case 5 -> delete(path);
                default -> Files.move(path, randomPath(random), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (DirectoryNotEmptyException | FileAlreadyExistsException impossible) {
            // The next one will do.
        } catch (FileSystemException impossible) {
            // Neither is a file a directory, nor does a directory go into itself.
        }
    }

    private Path randomPath(Random random) {
        Path path = root;
        for (int depth = random.nextInt(3); depth >= 0; depth--) {
            path = path.resolve(String.valueOf((char) ('a' + random.nextInt(4))));
        }
        return path;
    }
}
