package io.millio.internal.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file by which a listening Unix domain socket is found. Made by the thread that binds, then owned by the listener.
 *
 * <p>A file that is there already is replaced only if it is a socket on which nobody listens, which is found out by connecting; the
 * attempt is seen by whoever does listen. It is looked at once more right before it is deleted, but the file system offers no way to
 * make one step of the two: of servers that start on one stale path within the same instant, the first may lose its file.
 *
 * <p>Binding also listens, and the file gets the permissions that the process's umask leaves. So a socket for which permissions are
 * asked is bound in a directory that only its owner may enter, gets them there, and is then linked to its path, which fails if
 * somebody else was quicker: at no moment can it be reached by more than those who were meant.
 */
final class UnixFile {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET = 0140000;

    /** No system takes longer ones than this, and some shorter ones. */
    private static final int SURELY_SHORT_ENOUGH = 80;

    private final Path path;
    private final @Nullable Object key;

    private UnixFile(Path path) throws IOException {
        this.path = path;
        this.key = key(path);
    }

    /** Binds the channel to the path; {@code permissions} of the file, or null for what the umask says. */
    static UnixFile bind(
            ServerSocketChannel channel, Path path, int backlog, @Nullable Set<PosixFilePermission> permissions)
            throws IOException {
        makeWay(path);
        if (permissions == null) {
            bind(channel, path, backlog);
        } else {
            bindPrivately(channel, path, backlog, permissions);
        }
        return new UnixFile(path);
    }

    private static void bind(ServerSocketChannel channel, Path path, int backlog) throws IOException {
        try {
            channel.bind(UnixDomainSocketAddress.of(path), backlog);
        } catch (IOException e) {
            int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
            if (length <= SURELY_SHORT_ENOUGH) {
                throw e;
            }
            BindException failure = new BindException(e.getMessage() + ": " + path + " has " + length
                    + " bytes, and systems take about 100; choose a shorter path");
            failure.initCause(e);
            throw failure;
        }
    }

    private static void bindPrivately(
            ServerSocketChannel channel, Path path, int backlog, Set<PosixFilePermission> permissions)
            throws IOException {
        Path parent = path.getParent();
        Path directory = Files.createTempDirectory(
                parent == null ? Path.of("") : parent, ".m", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Path inside = directory.resolve("s");
        try {
            bind(channel, inside, backlog);
            Files.setPosixFilePermissions(inside, permissions);
            Files.createLink(path, inside);
        } catch (FileAlreadyExistsException e) {
            throw inUse(path, "somebody else has just made it");
        } finally {
            Files.deleteIfExists(inside);
            Files.deleteIfExists(directory);
        }
    }

    // ---- what is there already --------------------------------------------------------------------------------------

    private static void makeWay(Path path) throws IOException {
        try {
            Object before = key(path);
            if (!isSocket(path)) {
                throw inUse(path, "it is no socket and is left alone; choose another path");
            }
            refuseLive(path);
            if (Objects.equals(before, key(path))) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException free) {
            // There is nothing in the way, or nothing any more.
        }
    }

    private static BindException inUse(Path path, String why) {
        return new BindException("the file " + path + " exists: " + why);
    }

    /** Connecting does not tell: it is refused by a plain file, too. */
    private static boolean isSocket(Path path) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return (mode & FILE_TYPE) == SOCKET;
        }
        return attributes(path).isOther();
    }

    /** Without blocking, for a live server's queue may be full. Nothing but a refusal proves that nobody listens. */
    private static void refuseLive(Path path) throws BindException {
        String found = "somebody listens on it";
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException refused) {
            return;
        } catch (IOException e) {
            found = "somebody seems to listen on it (" + e.getMessage() + ")";
        }
        throw inUse(path, found + "; stop that server, or choose another path");
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** Deletes the file unless it is another one by now. */
    void delete() {
        try {
            if (Objects.equals(key, key(path))) {
                Files.deleteIfExists(path);
            }
        } catch (IOException goneOrForbidden) {
            // What is left is stale, and replaced by the next server.
        }
    }

    private static @Nullable Object key(Path path) throws IOException {
        return attributes(path).fileKey();
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }
}
