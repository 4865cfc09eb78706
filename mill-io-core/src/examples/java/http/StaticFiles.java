package http;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Answers requests for files below a root. Immutable, for any thread that may wait for a disk. */
final class StaticFiles {
    private final PathResolver files;
    private final Replies replies;

    StaticFiles(PathResolver files, Replies replies) {
        this.files = files;
        this.replies = replies;
    }

    /**
     * Looks for the file and opens it if it is to be sent. Blocks.
     *
     * @param path normalised
     */
    Reply reply(Request request, String path) {
        Resource resource = files.find(path);
        if (resource == null) {
            return replies.notFound(request);
        }
        if (resource.isDirectory()) {
            // Found under this path, so it does not begin with two slashes, behind which a client would read a host.
            return path.endsWith("/") ? replies.notFound(request) : replies.redirect(request, request.path() + "/");
        }
        if (isUnmodified(request.ifModifiedSince(), resource)) {
            return replies.notModified(request, resource);
        }
        return request.isHead() ? replies.file(request, resource, null, resource.size()) : open(request, resource);
    }

    private static boolean isUnmodified(@Nullable String since, Resource resource) {
        Instant date = since == null ? null : HttpDate.parse(since);
        return date != null && !resource.modified().isAfter(date);
    }

    private Reply open(Request request, Resource resource) {
        FileChannel file = null;
        try {
            file = resource.open();
            return replies.file(request, resource, file, file.size());
        } catch (NoSuchFileException | AccessDeniedException hidden) {
            return replies.notFound(request);
        } catch (IOException e) {
            // Most likely no descriptor is left. The file is not open then, unless its size could not be told.
            close(file, e);
            return replies.refusal(new Refusal(503, "the file cannot be read now; try again later", request.isHead()));
        }
    }

    private static void close(@Nullable FileChannel file, IOException because) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }
}
