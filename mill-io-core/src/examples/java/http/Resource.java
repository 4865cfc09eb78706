package http;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/**
 * A file or a directory below the root, as it was when it was looked for. Immutable.
 *
 * @param file its real path, without a link in it
 * @param name under which it was asked for, which says what type of content it has
 * @param isDirectory whether it is a directory that was asked for without a slash at the end
 * @param size in bytes
 * @param modified when, in whole seconds and not in the future
 */
public record Resource(Path file, String name, boolean isDirectory, long size, Instant modified) {
    /** Blocks. The file is not followed if it has become a link since it was looked for. */
    FileChannel open() throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }
}
