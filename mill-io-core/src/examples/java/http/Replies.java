package http;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes the heads of answers, and the bodies that are no files. Immutable but for the date, for any thread. */
final class Replies {
    private static final String TEXT = "text/plain; charset=utf-8";

    private final Supplier<String> date;

    /** With what tells the date and time as {@link HttpDate} writes them. */
    Replies(Supplier<String> date) {
        this.date = date;
    }

    Reply text(Request request, int status, String body) {
        return computed(request, status, TEXT, "", body);
    }

    Reply json(Request request, String body) {
        return computed(request, 200, "application/json", "Cache-Control: no-store\r\n", body);
    }

    Reply notFound(Request request) {
        return text(request, 404, "404 Not Found\n");
    }

    Reply redirect(Request request, String location) {
        return computed(request, 301, TEXT, "Location: " + location + "\r\n", "301 Moved Permanently\n");
    }

    private Reply computed(Request request, int status, String type, String moreFields, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = begin(status)
                .append("Content-Type: ")
                .append(type)
                .append("\r\nContent-Length: ")
                .append(bytes.length)
                .append("\r\n")
                .append(moreFields);
        return new Reply(end(head, persistence(request), request.isHead() ? "" : body), null, 0, !request.keepAlive());
    }

    /** The file is null if only the head is asked for. */
    Reply file(Request request, Resource resource, @Nullable FileChannel file, long size) {
        StringBuilder head = begin(200)
                .append("Content-Type: ")
                .append(ContentTypes.of(resource.name()))
                .append("\r\nContent-Length: ")
                .append(size)
                .append("\r\nX-Content-Type-Options: nosniff\r\n")
                .append("Last-Modified: ")
                .append(HttpDate.format(resource.modified()))
                .append("\r\n");
        return new Reply(end(head, persistence(request), ""), file, size, !request.keepAlive());
    }

    Reply notModified(Request request, Resource resource) {
        StringBuilder head = begin(304)
                .append("Last-Modified: ")
                .append(HttpDate.format(resource.modified()))
                .append("\r\n");
        return new Reply(end(head, persistence(request), ""), null, 0, !request.keepAlive());
    }

    /** Always the last one. */
    Reply refusal(Refusal refusal) {
        String body = refusal.status() + " " + phrase(refusal.status()) + ": " + refusal.reason() + "\n";
        StringBuilder head = begin(refusal.status())
                .append("Content-Type: " + TEXT + "\r\nContent-Length: ")
                .append(body.length())
                .append(refusal.status() == 405 ? "\r\nAllow: GET, HEAD\r\n" : "\r\n");
        return new Reply(end(head, "Connection: close\r\n", refusal.isHead() ? "" : body), null, 0, true);
    }

    private StringBuilder begin(int status) {
        return new StringBuilder(256)
                .append("HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(phrase(status))
                .append("\r\nDate: ")
                .append(date.get())
                .append("\r\n");
    }

    private static ByteBuffer end(StringBuilder head, String persistence, String body) {
        return StandardCharsets.UTF_8.encode(
                head.append(persistence).append("\r\n").append(body).toString());
    }

    /** An HTTP/1.0 client that has asked for it has to be told that the connection stays. */
    private static String persistence(Request request) {
        if (!request.keepAlive()) {
            return "Connection: close\r\n";
        }
        return request.minorVersion() == 0 ? "Connection: keep-alive\r\n" : "";
    }

    private static String phrase(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 301 -> "Moved Permanently";
            case 304 -> "Not Modified";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 417 -> "Expectation Failed";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            default -> throw new IllegalArgumentException("status " + status + " has no phrase here; add it");
        };
    }
}
