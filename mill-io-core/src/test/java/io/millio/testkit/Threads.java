package io.millio.testkit;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Threads of tests, and a look at everybody's. For any thread. */
public final class Threads {
    private Threads() {}

    /** Starts a daemon, so that a test that fails does not keep the JVM from ending. */
    public static Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Calls something on a thread of its own and waits for what it gives. */
    public static <T> T call(Callable<T> callable) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        start("test-call", () -> {
            try {
                result.complete(callable.call());
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        });
        return result.get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** The names of living threads that begin so. */
    public static List<String> named(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith(prefix))
                .sorted()
                .toList();
    }

    public static void allEnded(String prefix) {
        Await.until(() -> "threads gone: " + named(prefix), () -> named(prefix).isEmpty());
    }
}
