package io.millio.watch;

import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import io.millio.watch.FileEvent.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A loop with one watch, whose events are applied to a set of paths. It notes every event that does not fit what the
 * ones before it have left, and every callback out of order; closing it proves that no thread is left. For any thread.
 */
final class Observer implements FileWatchHandler, AutoCloseable {
    private static final AtomicInteger NAMES = new AtomicInteger();

    final String name = "testwatch" + NAMES.incrementAndGet();
    final Set<Path> view = new ConcurrentSkipListSet<>();
    final List<FileEvent> events = new CopyOnWriteArrayList<>();
    final List<Throwable> errors = new CopyOnWriteArrayList<>();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final List<String> breaches = new CopyOnWriteArrayList<>();
    final List<Throwable> reported = new CopyOnWriteArrayList<>();
    final AtomicInteger settled = new AtomicInteger();
    final EventLoop loop;
    final FileWatch watch;
    private final AtomicReference<String> inside = new AtomicReference<>();
    volatile Consumer<FileEvent> onEvent = event -> {};

    Observer(Path root, Dispatch dispatch, Consumer<FileWatch.Builder> settings) {
        loop = EventLoop.builder()
                .name(name)
                .reactors(1)
                .workers(2)
                .stallThreshold(Duration.ZERO)
                .errorListener((source, error) -> reported.add(error))
                .build();
        FileWatch.Builder builder = FileWatch.on(loop)
                .path(root)
                .recursive()
                .existing(true)
                .coalesce(Duration.ofMillis(5))
                .dispatch(dispatch)
                .handler(this);
        builder.lookNanos = Duration.ofMillis(50).toNanos();
        settings.accept(builder);
        watch = builder.build();
    }

    static Observer of(Path root, Consumer<FileWatch.Builder> settings) {
        Observer made = new Observer(root, Dispatch.WORKERS, settings);
        try {
            made.watch.start();
            return made;
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    static Observer of(Path root) {
        return of(root, settings -> {});
    }

    /** Waits until nothing is left to be told of what has happened until now. */
    void awaitEqualTo(Path root) {
        Await.until(
                () -> "the view " + view + " is the directory " + walk(root) + " after " + watch.stats() + ", errors "
                        + errors + ", breaches " + breaches,
                () -> view.equals(walk(root)));
    }

    /** Waits for an event of this kind and path, and returns it. */
    FileEvent awaitEvent(Kind kind, Path path) {
        Await.until(() -> kind + " " + path + " among " + events, () -> find(kind, path)
                .isPresent());
        return find(kind, path).orElseThrow();
    }

    private Optional<FileEvent> find(Kind kind, Path path) {
        return events.stream()
                .filter(event -> event.kind() == kind && event.path().equals(path))
                .findFirst();
    }

    /** The events of these paths alone, as text. */
    List<String> told(Path root, Kind... kinds) {
        return events.stream()
                .filter(event -> kinds.length == 0 || List.of(kinds).contains(event.kind()))
                .map(event -> event.toString().replace(root + "/", ""))
                .toList();
    }

    /** The directory and what is in it; nothing if it is not there. */
    static NavigableSet<Path> walk(Path root) {
        while (true) {
            NavigableSet<Path> found = new TreeSet<>();
            try (Stream<Path> paths = Files.walk(root)) {
                paths.forEach(found::add);
                return found;
            } catch (FileSystemException e) {
                if (!Files.isDirectory(root)) {
                    return new TreeSet<>();
                }
            } catch (UncheckedIOException somethingWasRemoved) {
                // Once more.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    // ---- the callbacks ----------------------------------------------------------------------------------------------

    private void call(String what, Runnable work) {
        String other = inside.getAndSet(what);
        if (other != null) {
            breaches.add(what + " during " + other);
        }
        if (calls.isEmpty() != what.equals("onOpen") && !calls.contains("onClose")) {
            breaches.add(what + " after " + calls);
        }
        if (calls.size() < 100 || what.equals("onClose")) {
            calls.add(what);
        }
        try {
            work.run();
        } finally {
            inside.set(null);
        }
    }

    @Override
    public void onOpen(FileWatch opened) {
        call("onOpen", () -> {});
    }

    @Override
    public void onEvent(FileWatch self, FileEvent event) {
        call("onEvent", () -> {
            events.add(event);
            apply(event);
            onEvent.accept(event);
        });
    }

    private void apply(FileEvent event) {
        boolean fits =
                switch (event.kind()) {
                    case CREATED -> view.add(event.path());
                    case DELETED -> view.remove(event.path());
                    case MODIFIED -> view.contains(event.path());
                    case RENAMED -> {
                        view.add(event.path());
                        yield view.remove(event.from());
                    }
                };
        if (!fits) {
            breaches.add(event + " does not fit " + view);
        }
    }

    @Override
    public void onSettled(FileWatch self) {
        call("onSettled", settled::incrementAndGet);
    }

    @Override
    public void onError(FileWatch self, Throwable error) {
        call("onError", () -> errors.add(error));
    }

    @Override
    public void onClose(FileWatch self) {
        call("onClose", () -> {});
    }

    @Override
    public void close() {
        watch.close();
        loop.close();
        Threads.allEnded(name);
        if (!breaches.isEmpty()) {
            throw new AssertionError("breaches: " + breaches);
        }
    }
}
