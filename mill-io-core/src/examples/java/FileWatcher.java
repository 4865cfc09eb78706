import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.watch.FileWatch;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Prints what is created, modified, deleted and renamed in a directory, one line for each path. Whoever applies the
 * lines in their order to a set of paths has what {@code find} prints.
 *
 * <pre>
 *   java -cp mill-io-core/target/mill-io-core-&lt;version&gt;.jar mill-io-core/src/examples/java/FileWatcher.java --path=/tmp/inbox
 *
 *   --path=.                  the directory; it may be deleted and come back
 *   --recursive=true          false leaves out what is in subdirectories
 *   --existing=false          true prints what is there at the start, too
 *   --coalesce=50             milliseconds for which changes are gathered
 *   --dispatch=workers        direct | workers | virtual
 * </pre>
 */
public final class FileWatcher {
    private FileWatcher() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        EventLoop.Builder loopBuilder = EventLoop.builder()
                .name("file-watcher")
                .dispatch(Dispatch.valueOf(take(options, "dispatch", "workers").toUpperCase(Locale.ROOT)));
        try (EventLoop loop = loopBuilder.build()) {
            FileWatch.Builder watch = FileWatch.on(loop)
                    .path(take(options, "path", "."))
                    .recursive(Boolean.parseBoolean(take(options, "recursive", "true")))
                    .existing(Boolean.parseBoolean(take(options, "existing", "false")))
                    .coalesce(Duration.ofMillis(Long.parseLong(take(options, "coalesce", "50"))))
                    .handler((self, event) -> System.out.println(event));
            if (!options.isEmpty()) {
                throw new IllegalArgumentException(
                        "unknown options " + options.keySet() + "; see the head of FileWatcher.java");
            }
            try (FileWatch started = watch.start()) {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> end(loop, started)));
                System.out.println("watching " + started.path());
                started.awaitClose();
            }
        }
    }

    /** On SIGTERM and Ctrl-C. */
    private static void end(EventLoop loop, FileWatch watch) {
        System.out.println(watch.stats());
        loop.shutdown(Duration.ofSeconds(2)).toCompletableFuture().join();
    }

    private static String take(Map<String, String> options, String name, String otherwise) {
        String value = options.remove(name);
        return value == null ? otherwise : value;
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (String arg : args) {
            String[] parts = arg.split("=", 2);
            if (!arg.startsWith("--") || parts.length != 2) {
                throw new IllegalArgumentException("'" + arg + "' is not of the form --name=value");
            }
            options.put(parts[0].substring(2), parts[1]);
        }
        return options;
    }
}
