package http;

import org.jspecify.annotations.Nullable;

/**
 * A request that is well-formed, unambiguous and without a body. Immutable.
 *
 * @param isHead whether it is HEAD, and otherwise GET
 * @param path of the target, as it was sent: begins with a slash, has valid percent-encodings, and no query
 * @param minorVersion 0 for HTTP/1.0, else 1 or more
 * @param keepAlive whether the client wants to go on with this connection
 * @param ifModifiedSince the field's value, if it is to be looked at
 */
public record Request(
        boolean isHead,
        String path,
        int minorVersion,
        boolean keepAlive,
        @Nullable String ifModifiedSince) implements Parsed {}
