import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Many changes in little time, on the thread of {@code main}.
 *
 * <pre>
 *   java FileStorm create DIR FILES             in 10 subdirectories
 *   java FileStorm rename DIR FILES ROUNDS      each of these files, ROUNDS times, from one subdirectory to the next
 * </pre>
 */
public final class FileStorm {
    private static final int DIRECTORIES = 10;

    private FileStorm() {}

    public static void main(String[] args) throws IOException {
        Path root = Path.of(args[1]);
        int files = Integer.parseInt(args[2]);
        long start = System.nanoTime();
        int done = args[0].equals("create") ? create(root, files) : rename(root, files, Integer.parseInt(args[3]));
        System.out.println("done=" + done + " millis=" + (System.nanoTime() - start) / 1_000_000);
    }

    private static int create(Path root, int files) throws IOException {
        for (int d = 0; d < DIRECTORIES; d++) {
            Files.createDirectories(root.resolve("d" + d));
        }
        for (int i = 0; i < files; i++) {
            Files.createFile(path(root, i, 0));
        }
        return files;
    }

    private static int rename(Path root, int files, int rounds) throws IOException {
        for (int round = 1; round <= rounds; round++) {
            for (int i = 0; i < files; i++) {
                Files.move(path(root, i, round - 1), path(root, i, round));
            }
        }
        return files * rounds;
    }

    private static Path path(Path root, int file, int round) {
        return root.resolve("d" + (file + round) % DIRECTORIES).resolve("f" + file + "-" + round);
    }
}
