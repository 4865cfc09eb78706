package io.millio.watch;

import io.millio.testkit.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.Watchable;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes the system's notifications as bad as a system may: overflows in place of events, refusals in place of watches.
 * Any thread.
 */
final class Faults implements Notifier.Factory {
    /** Whether events are swallowed and an overflow given for them. */
    volatile boolean overflow;

    /** What is thrown for a directory, or null. */
    volatile Function<Path, @Nullable IOException> refusal = directory -> null;

    /** No notification is taken before this is open, so that nobody looks at a tree in the midst of several changes. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    /** Called before a directory is registered, and after. */
    volatile Runnable onRegister = () -> {};

    /** Thrown once in place of the next notification, or null. */
    final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    final AtomicInteger open = new AtomicInteger();

    @Override
    public Notifier open() throws IOException {
        Notifier system = Notifier.system();
        open.incrementAndGet();
        Map<WatchKey, WatchKey> keys = new IdentityHashMap<>();
        return new Notifier() {
            @Override
            public WatchKey register(Path directory) throws IOException {
                IOException refused = refusal.apply(directory);
                if (refused != null) {
                    throw refused;
                }
                onRegister.run();
                WatchKey key = keys.computeIfAbsent(system.register(directory), Key::new);
                onRegister.run();
                return key;
            }

            @Override
            public @Nullable WatchKey poll(long nanos) {
                RuntimeException planted = failure.getAndSet(null);
                if (planted != null) {
                    throw planted;
                }
                WatchKey key = Await.opened(gate) ? system.poll(nanos) : null;
                return key == null ? null : keys.computeIfAbsent(key, Key::new);
            }

            @Override
            public void close() throws IOException {
                system.close();
                open.decrementAndGet();
            }
        };
    }

    private final class Key implements WatchKey {
        private final WatchKey key;

        Key(WatchKey key) {
            this.key = key;
        }

        @Override
        public boolean isValid() {
            return key.isValid();
        }

        @Override
        public List<WatchEvent<?>> pollEvents() {
            List<WatchEvent<?>> events = key.pollEvents();
            return overflow && !events.isEmpty() ? List.of(new Overflow()) : events;
        }

        @Override
        public boolean reset() {
            return key.reset();
        }

        @Override
        public void cancel() {
            key.cancel();
        }

        @Override
        public Watchable watchable() {
            return key.watchable();
        }
    }

    private record Overflow() implements WatchEvent<Object> {
        @Override
        public Kind<Object> kind() {
            return StandardWatchEventKinds.OVERFLOW;
        }

        @Override
        public int count() {
            return 1;
        }

        @Override
        public @Nullable Object context() {
            return null;
        }
    }
}
