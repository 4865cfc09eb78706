package http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Finds the file that a path of a URI names, in the root directory and nowhere else. Immutable, for any thread.
 *
 * <p>Two steps, and each of them would be enough against most attacks. {@link #normalise} decodes percent-encodings exactly once and removes
 * dot segments; it refuses what leaves the root, and characters that a file system may take for something else than a part of a name.
 * {@link #find} follows the links of what is left and compares the real path with the root's.
 *
 * <p>Names that begin with a dot are not found, whether they are there or not. Links are followed as long as they end inside the root.
 * Only regular files are opened; a pipe or a device, which may block whoever opens it, is not found. Whoever may change the root while it
 * is served can replace a directory by a link between the look and the opening: let nobody write there who may not read the rest.
 */
public final class PathResolver {
    private static final String INDEX = "index.html";

    private final Path root;

    /** Looks at the root, which may block; NotDirectoryException if it is none. */
    public PathResolver(Path root) throws IOException {
        this.root = root.toRealPath();
        if (!Files.isDirectory(this.root)) {
            throw new NotDirectoryException(root + " is no directory; give one as --root=DIR");
        }
    }

    // ---- from the target to a path ----------------------------------------------------------------------------------

    /**
     * Decodes and removes dot segments.
     *
     * @param path beginning with a slash, with valid percent-encodings
     * @return a path that begins with a slash and ends with one if it names a directory; null if it is to be refused: it leaves the
     *     root, or has a control character, a slash or backslash in a name, or bytes that are not UTF-8
     */
    public static @Nullable String normalise(String path) {
        Deque<String> names = new ArrayDeque<>();
        boolean directory = false;
        for (String segment : path.substring(1).split("/", -1)) {
            String name = decode(segment);
            if (name == null) {
                return null;
            }
            directory = name.isEmpty() || name.equals(".") || name.equals("..");
            if (name.equals("..")) {
                String left = names.pollLast();
                // Nor is the empty name behind two slashes left, behind which a client would read a host.
                if (left == null || (left.isEmpty() && names.isEmpty())) {
                    return null;
                }
            } else if (!name.equals(".")) {
                names.addLast(name);
            }
        }
        return join(names, directory);
    }

    /** An empty name in between stays one, for nothing is found there; at the end it is the slash itself. */
    private static String join(Deque<String> names, boolean directory) {
        if (directory && "".equals(names.peekLast())) {
            names.removeLast();
        }
        StringBuilder path = new StringBuilder();
        for (String name : names) {
            path.append('/').append(name);
        }
        return directory || names.isEmpty() ? path.append('/').toString() : path.toString();
    }

    /** Once: what then looks like an encoding is a part of the name. */
    private static @Nullable String decode(String segment) {
        byte[] bytes = new byte[segment.length()];
        int length = 0;
        for (int i = 0; i < segment.length(); i++) {
            char character = segment.charAt(i);
            if (character == '%') {
                character = (char) (Bytes.hex(segment.charAt(i + 1)) << 4 | Bytes.hex(segment.charAt(i + 2)));
                i += 2;
            }
            if (character < ' ' || character == 0x7F || character == '/' || character == '\\') {
                return null;
            }
            bytes[length++] = (byte) character;
        }
        try {
            ByteBuffer decoded = ByteBuffer.wrap(bytes, 0, length);
            return StandardCharsets.UTF_8.newDecoder().decode(decoded).toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }

    // ---- from the path to a file ------------------------------------------------------------------------------------

    /**
     * Looks for the file, or for {@code index.html} in a directory that was asked for with a slash. Blocks.
     *
     * @param path as {@link #normalise} returns it
     * @return null if there is none, or it is not to be seen
     */
    public @Nullable Resource find(String path) {
        Path asked = locate(path);
        if (asked == null) {
            return null;
        }
        try {
            Path real = asked.toRealPath();
            return real.startsWith(root) ? look(asked, real) : null;
        } catch (IOException missing) {
            // Or it may not be read, is a loop of links, or has too long a name: whoever asks has nothing to do with
            // that.
            return null;
        }
    }

    private @Nullable Path locate(String path) {
        if (path.contains("/.") || path.contains("//")) {
            return null;
        }
        try {
            Path asked = root.resolve(path.substring(1));
            return path.endsWith("/") ? asked.resolve(INDEX) : asked;
        } catch (InvalidPathException impossible) {
            return null;
        }
    }

    private static @Nullable Resource look(Path asked, Path real) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile() && !attributes.isDirectory()) {
            return null;
        }
        // RFC 9110 section 8.8.2.1: never later than the answer's date.
        Instant modified = attributes.lastModifiedTime().toInstant();
        Instant now = Instant.now();
        return new Resource(
                real,
                asked.getFileName().toString(),
                attributes.isDirectory(),
                attributes.size(),
                (modified.isAfter(now) ? now : modified).truncatedTo(ChronoUnit.SECONDS));
    }
}
