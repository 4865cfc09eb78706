package io.millio.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.internal.VirtualThreads;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.testkit.Await;
import io.millio.testkit.OpenFiles;
import io.millio.testkit.Threads;
import io.millio.watch.FileEvent.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The life of a watch, its place in the loop, its limits and failures. */
class FileWatchTest extends WatchedRoot {
    static Stream<Dispatch> dispatches() {
        return Stream.of(Dispatch.values())
                .filter(dispatch -> dispatch != Dispatch.VIRTUAL || VirtualThreads.supported());
    }

    // ---- the loop ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dispatches")
    void callbacksComeOneByOneInOrderWhereTheDispatchSays(Dispatch dispatch) throws IOException {
        Set<String> threads = new ConcurrentSkipListSet<>();
        try (Observer observer = new Observer(root, dispatch, settings -> {})) {
            observer.onEvent = event -> threads.add(Thread.currentThread().getName());
            observer.watch.start();
            fill(root, 600);
            observer.awaitEqualTo(root);
            observer.watch.close();
            assertThat(observer.calls).startsWith("onOpen").endsWith("onClose").containsOnlyOnce("onClose");
            assertThat(observer.breaches).isEmpty();
            String place =
                    dispatch == Dispatch.DIRECT ? "-reactor-0" : "-" + (dispatch == Dispatch.WORKERS ? "worker" : "");
            assertThat(threads).isNotEmpty().allMatch(thread -> thread.startsWith(observer.name + place));
            assertThat(observer.watch.stats().events()).isEqualTo(observer.events.size());
        }
    }

    @Test
    void whatHappensWhileTheHandlerIsBusyIsToldAsItsSum() throws IOException {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (Observer observer = new Observer(root, Dispatch.WORKERS, settings -> settings.existing(false))) {
            observer.onEvent = event -> {
                busy.countDown();
                Await.opened(goOn);
            };
            observer.view.add(root);
            observer.watch.start();
            Path first = Files.createFile(root.resolve("first"));
            Await.open("the handler is called", busy);
            fill(root, 1000);
            for (int i = 0; i < 1000; i++) {
                Files.delete(root.resolve("f" + i));
            }
            Files.delete(first);
            Files.createFile(root.resolve("last"));
            goOn.countDown();
            observer.awaitEvent(Kind.CREATED, root.resolve("last"));
            assertThat(observer.told(root))
                    .filteredOn(event -> !event.startsWith("MODIFIED"))
                    .hasSizeLessThanOrEqualTo(3)
                    .startsWith("CREATED first");
        }
    }

    @Test
    void aHandlerThatThrowsIsReportedAndGoesOn() throws IOException {
        try (Observer observer = Observer.of(root)) {
            observer.onEvent = event -> {
                if (event.path().endsWith("f0")) {
                    throw new IllegalStateException("f0 is not liked");
                }
            };
            fill(root, 2);
            observer.awaitEvent(Kind.CREATED, root.resolve("f1"));
            observer.awaitEqualTo(root);
            Await.until("the error is told", () -> observer.errors.size() == 1);
            assertThat(observer.errors)
                    .hasSameElementsAs(observer.reported)
                    .first()
                    .asString()
                    .contains("f0 is not liked");
            assertThat(observer.watch.stats().errors()).isEqualTo(1);
        }
    }

    @Test
    void aWatchBeginsAgainWithItsLoop() throws IOException {
        try (Observer observer = Observer.of(root)) {
            fill(root, 3);
            observer.awaitEqualTo(root);
            Await.result("the loop stops", observer.loop.shutdown(Duration.ofSeconds(10)));
            assertThat(observer.watch.isOpen()).isFalse();
            assertThat(observer.calls).endsWith("onClose");
            Threads.allEnded(observer.name);
            assertThat(observer.watch.stats().files()).isZero();
            Files.delete(root.resolve("f0"));
            observer.loop.start();
            observer.calls.clear();
            observer.view.clear();
            observer.watch.start();
            observer.awaitEqualTo(root);
            Files.createFile(root.resolve("later"));
            observer.awaitEqualTo(root);
            assertThat(observer.calls).startsWith("onOpen");
            Await.result("the watch ends alone", observer.watch.shutdown(Duration.ofSeconds(10)));
            assertThat(observer.watch.isOpen()).isFalse();
            Threads.allEnded(observer.name + "-watch");
            Files.delete(root.resolve("f1"));
            observer.calls.clear();
            observer.view.clear();
            observer.watch.start();
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void aWatchBuiltBeforeItsLoopBeginsWithIt() throws Exception {
        try (Observer observer = new Observer(root, Dispatch.DIRECT, settings -> {})) {
            assertThat(observer.watch.isOpen()).isFalse();
            observer.loop.start();
            fill(root, 3);
            observer.awaitEqualTo(root);
            observer.loop.stop();
            observer.watch.awaitClose();
            assertThat(observer.calls).endsWith("onClose");
        }
    }

    @Test
    void aCloseLeavesNoThreadAndNoDescriptor() throws IOException {
        fill(root.resolve("d"), 10);
        try (Observer observer = new Observer(root, Dispatch.WORKERS, settings -> {})) {
            observer.loop.start();
            long before = OpenFiles.count();
            observer.watch.close();
            assertThat(observer.calls).endsWith("onClose");
            FileWatch again = FileWatch.on(observer.loop)
                    .path(root)
                    .handler((watch, event) -> {})
                    .start();
            again.close();
            again.close();
            Await.until("descriptors are closed", () -> OpenFiles.count() < before);
            Threads.allEnded(observer.name + "-watch");
            assertThatThrownBy(again::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("watch '" + root + "' is closed for good; build a new one");
        }
    }

    @Test
    void aCallbackMayCloseItsWatch() throws IOException {
        try (Observer observer = new Observer(root, Dispatch.DIRECT, settings -> {})) {
            observer.onEvent = event -> observer.watch.close();
            observer.watch.start();
            Await.until("it ends", () -> observer.calls.contains("onClose"));
        }
    }

    @Test
    void aTokenIsReservedUntilTheClose() {
        try (Observer observer =
                Observer.of(root, settings -> settings.token(Token.of(7)).name("inbox"))) {
            assertThat(observer.watch.token()).isEqualTo(Token.of(7));
            assertThatThrownBy(() -> observer.loop.trigger(Token.of(7), event -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("watch 'inbox'");
            observer.watch.close();
            observer.loop.trigger(Token.of(7), event -> {}).close();
        }
    }

    // ---- failures ---------------------------------------------------------------------------------------------------

    @Test
    void aPathThatIsNoDirectoryIsRefused() throws IOException {
        Path file = Files.createFile(root.resolve("file"));
        Path circle = Files.createSymbolicLink(root.resolve("circle"), Path.of("circle"));
        assertThatThrownBy(() -> Observer.of(root.resolve("none")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("watch '" + root + "/none' cannot watch " + root
                        + "/none: it does not exist; create it first, or correct the path");
        assertThatThrownBy(() -> Observer.of(file))
                .hasMessageEndingWith(file + " is not a directory; watch the directory it is in");
        assertThatThrownBy(() -> Observer.of(circle)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void whatIsMissingIsNamed() {
        try (EventLoop loop = EventLoop.create()) {
            assertThatThrownBy(() -> FileWatch.on(loop).build())
                    .hasMessage("a watch needs a directory: call path(...)");
            assertThatThrownBy(() -> FileWatch.on(loop).path(root).build())
                    .hasMessage("a watch needs a handler: call handler(...)");
            assertThatThrownBy(() -> FileWatch.on(loop).coalesce(Duration.ofSeconds(61)))
                    .hasMessage("coalesce, in milliseconds, must be between 0 and 60000, but is 61000");
        }
    }

    @Test
    void aTreeWithTooManyFilesIsRefusedAtTheStart() throws IOException {
        fill(root, 11);
        try (Observer observer = new Observer(root, Dispatch.WORKERS, settings -> settings.maxFiles(10))) {
            assertThatThrownBy(observer.watch::start)
                    .hasMessageContaining(
                            "there are more than 10 files in " + root + "; raise maxFiles, or watch less");
            Threads.allEnded(observer.name + "-watch");
            Files.delete(root.resolve("f0"));
            observer.watch.start();
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void aTreeThatGrowsTooLargeIsLeftOutInPartUntilThereIsRoom() throws IOException {
        try (Observer observer =
                Observer.of(root, settings -> settings.maxFiles(10).maxDirectories(3))) {
            fill(root, 15);
            Await.until("the limit is told", () -> !observer.errors.isEmpty());
            assertThat(observer.errors)
                    .singleElement()
                    .asString()
                    .contains("more than 10 files", "until there is room");
            Await.until("what there is room for is told", () -> observer.view.size() == 11);
            for (int i = 0; i < 12; i++) {
                Files.delete(root.resolve("f" + i));
            }
            observer.awaitEqualTo(root);
            Files.createDirectories(root.resolve("a/b/c"));
            Await.until("the other limit is told", () -> observer.errors.size() == 2);
            assertThat(observer.errors.get(1)).hasMessageContaining("more than 3 directories");
        }
    }

    @Test
    void aDirectoryThatTheSystemDoesNotWatchIsPolled() throws IOException {
        Faults faults = new Faults();
        faults.refusal =
                directory -> directory.equals(root) ? null : new IOException("User limit of inotify watches reached");
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            fill(root.resolve("a"), 3);
            fill(root.resolve("b"), 3);
            observer.awaitEqualTo(root);
            Files.createFile(root.resolve("b/unnotified"));
            observer.awaitEqualTo(root);
            assertThat(observer.errors)
                    .singleElement()
                    .asString()
                    .contains("does not watch", "User limit of inotify watches reached", "fs.inotify.max_user_watches");
            faults.refusal = directory -> null;
            Files.createFile(root.resolve("b/more"));
            observer.awaitEqualTo(root);
        }
    }

    @Test
    void aDirectoryThatCannotBeReadIsToldOnceLeftOutAndTriedAgain() throws IOException {
        Path secret = root.resolve("secret");
        Faults faults = new Faults();
        faults.refusal = directory -> directory.equals(secret) ? new AccessDeniedException(secret.toString()) : null;
        try (Observer observer = Observer.of(root, settings -> settings.notifiers = faults)) {
            fill(secret, 3);
            fill(root.resolve("open"), 3);
            observer.awaitEvent(Kind.CREATED, root.resolve("open/f2"));
            Await.until("it is told", () -> !observer.errors.isEmpty());
            Files.createFile(secret.resolve("another"));
            long scans = observer.watch.stats().scans();
            Await.until("it is tried again", () -> observer.watch.stats().scans() > scans + 1);
            assertThat(observer.view).contains(secret).doesNotContain(secret.resolve("f0"));
            assertThat(observer.errors)
                    .singleElement()
                    .asString()
                    .contains(secret + " cannot be read", "permission to read and search");
            faults.refusal = directory -> null;
            observer.awaitEqualTo(root);
        }
    }

    /** Who may read everything is not kept out, but must notice nothing else either. */
    @Test
    void permissionsTakenAndGivenAreFollowed() throws IOException {
        Path secret = root.resolve("secret");
        fill(secret, 3);
        try (Observer observer = Observer.of(root)) {
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
            if (Files.isReadable(secret)) {
                Files.createFile(secret.resolve("seen"));
                observer.awaitEqualTo(root);
                assertThat(observer.errors).isEmpty();
            } else {
                observer.awaitEvent(Kind.DELETED, secret.resolve("f0"));
                assertThat(observer.errors).hasSize(1);
            }
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rwx------"));
            observer.awaitEqualTo(root);
        }
    }
}
