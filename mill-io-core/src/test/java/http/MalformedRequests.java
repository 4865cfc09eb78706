package http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a strict server has to refuse, each with the one status that it gets. Constants. */
final class MalformedRequests {
    /**
     * One of them.
     *
     * @param text its bytes, as ISO 8859-1
     */
    record Case(String name, String text, int status) {
        ByteBuffer bytes() {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public String toString() {
            return name + " -> " + status;
        }
    }

    private static final String HOST = "Host: a\r\n";
    private static final String END = "\r\n";

    private final List<Case> cases = new ArrayList<>();

    private MalformedRequests() {}

    static List<Case> all() {
        MalformedRequests requests = new MalformedRequests();
        requests.lines();
        requests.targets();
        requests.fields();
        requests.hosts();
        requests.bodies();
        requests.limits();
        return requests.cases;
    }

    private void add(int status, String name, String text) {
        cases.add(new Case(name, text, status));
    }

    private void line(int status, String name, String line) {
        add(status, name, line + "\r\n" + HOST + END);
    }

    private void target(String name, String target) {
        line(400, name, "GET " + target + " HTTP/1.1");
    }

    private void field(int status, String name, String field) {
        add(status, name, "GET / HTTP/1.1\r\n" + HOST + field + "\r\n" + END);
    }

    private void host(String name, String value) {
        add(400, name, "GET / HTTP/1.1\r\nHost:" + value + "\r\n" + END);
    }

    private void lines() {
        line(400, "two spaces before the target", "GET  / HTTP/1.1");
        line(400, "two spaces before the version", "GET /  HTTP/1.1");
        line(400, "a tab before the target", "GET\t/ HTTP/1.1");
        line(400, "a tab before the version", "GET /\tHTTP/1.1");
        line(400, "a space before the method", " GET / HTTP/1.1");
        line(400, "a space behind the version", "GET / HTTP/1.1 ");
        line(400, "a space in the target", "GET /a b HTTP/1.1");
        line(400, "no method", "/ HTTP/1.1");
        line(400, "a method that is no token", "GE(T / HTTP/1.1");
        line(400, "a method with a byte above 127", "G\u00c9T / HTTP/1.1");
        line(400, "NUL in the method", "G\0T / HTTP/1.1");
        line(400, "no version, as in HTTP/0.9", "GET /");
        line(400, "nothing but a method", "GET");
        line(400, "a version in lower case", "GET / http/1.1");
        line(400, "a version of another protocol", "GET / HTCPCP/1.0");
        line(400, "a version without its minor number", "GET / HTTP/1");
        line(400, "a minor number of two digits", "GET / HTTP/1.10");
        line(400, "a major number of two digits", "GET / HTTP/01.1");
        line(400, "a comma in the version", "GET / HTTP/1,1");
        line(400, "a sign in the version", "GET / HTTP/+1.1");
        line(505, "HTTP/2.0", "GET / HTTP/2.0");
        line(505, "HTTP/0.9 spelt out", "GET / HTTP/0.9");
        line(505, "HTTP/9.9", "GET / HTTP/9.9");
        add(400, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        add(400, "the hello of TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003");
        add(400, "a bare LF behind the request line", "GET / HTTP/1.1\n" + HOST + END);
        add(400, "a bare CR in the request line", "GET / HTTP/1.1\rHost: a\r\n" + END);
        add(400, "a bare LF before the request", "\nGET / HTTP/1.1\r\n" + HOST + END);
        add(400, "a bare CR before the request", "\rGET / HTTP/1.1\r\n" + HOST + END);
        add(400, "two empty lines before the request", "\r\n\r\nGET / HTTP/1.1\r\n" + HOST + END);
        add(400, "two CRs behind the request line", "GET / HTTP/1.1\r\r\n" + HOST + END);
    }

    private void targets() {
        target("a relative target", "a");
        target("a fragment", "/#a");
        target("the asterisk, which is for OPTIONS", "*");
        target("an authority, which is for CONNECT", "a:80");
        target("half a percent-encoding", "/%4");
        target("a percent-encoding that is none", "/%zz");
        target("a percent-encoding that is none, in the query", "/?%zz");
        target("a percent-encoding with a sign", "/%+1");
        target("a backslash", "/a\\b");
        target("a quote", "/\"");
        target("angle brackets", "/<a>");
        target("a bar in the query", "/?a|b");
        target("a byte above 127", "/\u00e4");
        target("NUL", "/\0");
        target("DEL", "/\u007f");
        target("an escape", "/\u001b");
        target("a scheme that is not http", "ftp://a/");
        target("https without TLS", "https://a/");
        target("no host in an absolute URI", "http:///");
        target("a user in an absolute URI", "http://me@a/");
        target("a port that is none in an absolute URI", "http://a:b/");
        line(400, "the asterisk with another method", "DELETE * HTTP/1.1");
        line(400, "a path for CONNECT", "CONNECT / HTTP/1.1");
        line(400, "no port for CONNECT", "CONNECT a HTTP/1.1");
    }

    private void fields() {
        field(400, "a space before the colon", "X : a");
        field(400, "a tab before the colon", "X\t: a");
        field(400, "a space before the colon of a length", "Content-Length : 0");
        field(400, "no name", ": a");
        field(400, "no colon", "X");
        field(400, "a space in the name", "X Y: a");
        field(400, "a name that is no token", "X(Y): a");
        field(400, "NUL in a name", "X\0: a");
        field(400, "a byte above 127 in a name", "\u00dc: a");
        field(400, "a folded field", "X: a\r\n b");
        field(400, "a field folded by a tab", "X: a\r\n\tb");
        field(400, "NUL in a value", "X: a\0b");
        field(400, "an escape in a value", "X: \u001b[31m");
        field(400, "DEL in a value", "X: \u007f");
        field(400, "a bare CR in a value", "X: a\rb");
        field(400, "a bare CR before a field that would be smuggled", "X: a\rTransfer-Encoding: chunked");
        field(400, "a bare LF in a value", "X: a\nContent-Length: 5");
        field(400, "a bare LF at the end of a field", "X: a\nY: b");
        field(417, "an expectation that nobody knows", "Expect: miracles");
        add(400, "a blank before the first field", "GET / HTTP/1.1\r\n " + HOST + END);
        add(400, "a bare LF as the empty line", "GET / HTTP/1.1\r\n" + HOST + "\n");
        add(400, "a CR without its LF at the end", "GET / HTTP/1.1\r\n" + HOST + "\rX");
    }

    private void hosts() {
        add(400, "no Host", "GET / HTTP/1.1\r\n" + END);
        add(400, "no Host beside an absolute URI", "GET http://a/ HTTP/1.1\r\n" + END);
        add(400, "two Hosts", "GET / HTTP/1.1\r\n" + HOST + "host: b\r\n" + END);
        add(400, "the same Host twice", "GET / HTTP/1.1\r\n" + HOST + HOST + END);
        add(400, "a bad Host of HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n" + END);
        host("an empty Host", "");
        host("a Host of blanks", " \t ");
        host("two names in one Host", "a, b");
        host("two names and no space in one Host", "a,b");
        host("a path in Host", "a/b");
        host("a user in Host", "me@a");
        host("a port that is no number", "a:b");
        host("a port above 65535", "a:65536");
        host("a port alone", ":80");
        host("two ports", "a:80:80");
        host("an address that is not closed", "[::1");
        host("an address that is none", "[a]");
        host("something behind an address", "[::1]a");
        host("a bad percent-encoding in Host", "%zz");
        host("a byte above 127 in Host", "\u00e4");
    }

    private void bodies() {
        field(400, "both lengths", "Content-Length: 5\r\nTransfer-Encoding: chunked");
        field(400, "both lengths the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 0");
        field(400, "two lengths", "Content-Length: 0\r\nContent-Length: 5");
        field(400, "the same length twice", "Content-Length: 0\r\ncontent-length: 0");
        field(400, "two lengths in one field", "Content-Length: 0, 0");
        field(400, "a negative length", "Content-Length: -1");
        field(400, "a length with a sign", "Content-Length: +0");
        field(400, "a hexadecimal length", "Content-Length: 0x0");
        field(400, "an empty length", "Content-Length: ");
        field(400, "a length with a blank inside", "Content-Length: 0 0");
        field(400, "a length with a point", "Content-Length: 0.0");
        field(400, "a length in other digits", "Content-Length: \u00b2");
        field(413, "a length", "Content-Length: 1");
        field(413, "a length that no integer holds", "Content-Length: 18446744073709551616");
        field(501, "a coding", "Transfer-Encoding: chunked");
        field(501, "a coding in other letters, behind a tab", "tRANSFER-eNCODING:\tChUnKeD");
        field(501, "a coding that nobody knows", "Transfer-Encoding: xchunked");
        field(501, "two codings", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked");
        field(501, "an empty coding", "Transfer-Encoding:");
        add(
                501,
                "a request in the body of another",
                "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n" + END
                        + "0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + HOST + END);
        add(413, "POST", "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n" + END + "hello");
        add(
                413,
                "POST that waits",
                "POST / HTTP/1.1\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 5\r\n" + END);
        line(405, "POST without a body", "POST / HTTP/1.1");
        line(405, "DELETE", "DELETE /a HTTP/1.1");
        line(405, "TRACE", "TRACE / HTTP/1.1");
        line(405, "a method in lower case", "get / HTTP/1.1");
        line(405, "a method that nobody knows", "BREW / HTTP/1.1");
        line(405, "OPTIONS of everything", "OPTIONS * HTTP/1.1");
        line(405, "CONNECT", "CONNECT a:443 HTTP/1.1");
    }

    private void limits() {
        int line = RequestParser.MAX_LINE - "GET / HTTP/1.1".length();
        add(414, "a line that is too long by a byte", "GET /" + "a".repeat(line + 1) + " HTTP/1.1\r\n");
        add(414, "a target without an end", "GET /" + "a".repeat(2 * RequestParser.MAX_LINE));
        add(414, "a method without an end", "A".repeat(2 * RequestParser.MAX_LINE));
        field(431, "fields that are too long by a byte", sized(RequestParser.MAX_FIELD_BYTES + 1 - HOST.length()));
        field(431, "a name without an end", "X".repeat(2 * RequestParser.MAX_FIELD_BYTES));
        field(431, "a value without an end", "X:" + " ".repeat(2 * RequestParser.MAX_FIELD_BYTES));
        field(431, "101 fields", "X: a\r\n".repeat(99) + "X: a");
    }

    /** A field of so many bytes, without its CRLF; that counts, too. */
    static String sized(int bytes) {
        return "X: " + "a".repeat(bytes - 5);
    }
}
