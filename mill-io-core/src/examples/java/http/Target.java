package http;

import org.jspecify.annotations.Nullable;

/** The four forms of a request target, RFC 9112 section 3.2. Functions, for any thread. */
final class Target {
    private static final String SCHEME = "http://";
    private static final int MAX_PORT = 65_535;

    private Target() {}

    /** The path, beginning with a slash, or {@code *} or empty for methods that have none; null if the target is not valid. */
    static @Nullable String path(Method method, String target) {
        if (method == Method.CONNECT) {
            return isAuthority(target) && hasPort(target) ? "" : null;
        }
        if (target.equals("*")) {
            return method == Method.OPTIONS ? target : null;
        }
        if (target.startsWith("/")) {
            return withoutQuery(target);
        }
        if (target.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return absolute(target.substring(SCHEME.length()));
        }
        return null;
    }

    private static @Nullable String absolute(String rest) {
        int end = 0;
        while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
            end++;
        }
        if (!isAuthority(rest.substring(0, end))) {
            return null;
        }
        String path = rest.substring(end);
        return withoutQuery(path.startsWith("/") ? path : "/" + path);
    }

    private static @Nullable String withoutQuery(String target) {
        int mark = target.indexOf('?');
        int end = mark < 0 ? target.length() : mark;
        boolean valid = Bytes.isPath(target, 0, end) && (mark < 0 || Bytes.isQuery(target, mark + 1, target.length()));
        return valid ? target.substring(0, end) : null;
    }

    /**
     * Whether it is a host and perhaps a port, as in the field Host. Stricter than RFC 3986: the host is not empty, no comma, and
     * nobody's name or password before it.
     */
    static boolean isAuthority(String text) {
        int colon = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
        int end = colon < 0 ? text.length() : colon;
        boolean host = text.startsWith("[") ? isAddress(text, end) : end > 0 && Bytes.isHost(text, 0, end);
        return host && (end == text.length() || isPort(text, end));
    }

    /** An IPv6 address in brackets; whether it is one to the last digit nobody here depends on. */
    private static boolean isAddress(String text, int end) {
        int colons = 0;
        for (int i = 1; i < end - 1; i++) {
            char character = text.charAt(i);
            colons += character == ':' ? 1 : 0;
            if (character != ':' && character != '.' && Bytes.hex(character) < 0) {
                return false;
            }
        }
        return colons >= 2;
    }

    private static boolean isPort(String text, int colon) {
        int digits = text.length() - colon - 1;
        return text.charAt(colon) == ':'
                && digits <= 5
                && Bytes.isDigits(text, colon + 1, text.length())
                && (digits == 0 || Integer.parseInt(text, colon + 1, text.length(), 10) <= MAX_PORT);
    }

    private static boolean hasPort(String authority) {
        char last = authority.charAt(authority.length() - 1);
        return authority.lastIndexOf(':') > authority.lastIndexOf(']') && last != ':';
    }
}
