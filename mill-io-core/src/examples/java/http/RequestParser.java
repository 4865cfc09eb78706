package http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the heads of requests, RFC 9112, byte by byte, so that what it says does not depend on how the network has cut them. Owned by the
 * thread that delivers its connection's bytes.
 *
 * <p>It forgives nothing but one empty line before a request. Whatever two programs could read in two ways (a bare CR or LF, a blank
 * before the colon, a folded line, two lengths) is refused, at the first byte that shows it: a proxy that reads the same bytes differently
 * could be made to pass on requests that it has never seen.
 *
 * <pre>
 *   START -> METHOD -> TARGET -> VERSION -> LINE_LF -> FIELD -> NAME -> BLANKS -> VALUE -> FIELD_LF
 *     ^                                                 | ^                                   |
 *     +------------------- END_LF <---------------------+ +-----------------------------------+
 * </pre>
 *
 * Only the target and the values of a few known fields are kept, so a connection that is silent owns next to nothing, and one that is in
 * the midst of a request at most {@link #MAX_LINE} and {@link #MAX_FIELD_BYTES} bytes.
 */
public final class RequestParser {
    /** Bytes of the request line, without its CRLF. */
    public static final int MAX_LINE = 8 * 1024;

    /** Bytes of all fields, with their CRLFs and without the empty line that ends them. */
    public static final int MAX_FIELD_BYTES = 16 * 1024;

    public static final int MAX_FIELDS = 100;

    private static final int SMALL = 256;
    private static final String VERSION = "HTTP/d.d";

    private enum State {
        START,
        START_LF,
        METHOD,
        TARGET,
        VERSION,
        LINE_LF,
        FIELD,
        NAME,
        BLANKS,
        VALUE,
        FIELD_LF,
        END_LF,
        REFUSED
    }

    private final Fields fields = new Fields();
    private State state = State.START;
    private boolean emptyLineSeen;
    private Method method = Method.OTHER;
    private String path = "";
    private int major;
    private int minor;
    private int lineBytes;
    private int fieldBytes;
    private int fieldCount;

    /** Of the field that is being read; what it may be is known once its name is complete, and null then if nobody asks for it. */
    private Fields.@Nullable Name name;

    private byte[] text = new byte[SMALL];
    private int length;

    /**
     * Reads until a request is complete or refused, or the bytes are used up; what follows a request is left in the buffer. After a
     * refusal nothing more can be read.
     *
     * @return null if there is more to come
     */
    public @Nullable Parsed parse(ByteBuffer in) {
        while (in.hasRemaining()) {
            Parsed parsed = next(in.get() & 0xFF);
            if (parsed != null) {
                return parsed;
            }
        }
        return null;
    }

    /** Whether some of a request has been read and the rest has not. An empty line before a request does not count. */
    public boolean isMidRequest() {
        return state != State.START && state != State.REFUSED;
    }

    /** As what the peer has left unfinished is to be refused. */
    public Refusal refuse(int status, String reason) {
        state = State.REFUSED;
        return new Refusal(status, reason, method == Method.HEAD);
    }

    private Refusal malformed(String reason) {
        return refuse(400, reason);
    }

    private @Nullable Parsed next(int b) {
        return switch (state) {
            case START -> start(b);
            case START_LF -> startLf(b);
            case METHOD, TARGET, VERSION -> line(b);
            case LINE_LF -> lineLf(b);
            case END_LF -> endLf(b);
            case FIELD -> b == '\r' ? become(State.END_LF) : field(b);
            case NAME, BLANKS, VALUE, FIELD_LF -> field(b);
            case REFUSED ->
                throw new IllegalStateException("nothing can be read after a refusal; close the connection");
        };
    }

    private @Nullable Parsed become(State next) {
        state = next;
        return null;
    }

    // ---- the request line -------------------------------------------------------------------------------------------

    private @Nullable Parsed start(int b) {
        if (b == '\r' && !emptyLineSeen) {
            return become(State.START_LF);
        }
        method = Method.OTHER;
        state = State.METHOD;
        return line(b);
    }

    private @Nullable Parsed startLf(int b) {
        emptyLineSeen = true;
        return b == '\n' ? become(State.START) : malformed("a CR without its LF");
    }

    private @Nullable Parsed line(int b) {
        if (b != '\r' && ++lineBytes > MAX_LINE) {
            return refuse(414, "the request line has more than " + MAX_LINE + " bytes");
        }
        return switch (state) {
            case METHOD -> method(b);
            case TARGET -> target(b);
            default -> version(b);
        };
    }

    private @Nullable Parsed method(int b) {
        if (b == ' ' && length > 0) {
            method = Method.of(taken());
            return become(State.TARGET);
        }
        if (!Bytes.isToken(b)) {
            return malformed("a request begins with the name of a method and a space");
        }
        append(b);
        return null;
    }

    private @Nullable Parsed target(int b) {
        if (b == ' ' && length > 0) {
            String valid = Target.path(method, taken());
            if (valid == null) {
                return malformed("the target is neither a path nor an absolute http URI by RFC 3986");
            }
            path = valid;
            return become(State.VERSION);
        }
        if (b <= ' ' || b >= 0x7F) {
            return malformed("a target has visible ASCII characters only, and one space before and behind it");
        }
        append(b);
        return null;
    }

    /** The length is the number of bytes read, none of which is kept. */
    private @Nullable Parsed version(int b) {
        if (length == VERSION.length()) {
            if (b != '\r') {
                return malformed("the request line goes on behind its version");
            }
            length = 0;
            return major == 1 ? become(State.LINE_LF) : refuse(505, "HTTP/1.1 and 1.0 are the only versions here");
        }
        char expected = VERSION.charAt(length);
        if (expected == 'd' ? b < '0' || b > '9' : b != expected) {
            return malformed("the request line does not end with a version such as HTTP/1.1");
        }
        if (expected == 'd') {
            major = minor;
            minor = b - '0';
        }
        length++;
        return null;
    }

    private @Nullable Parsed lineLf(int b) {
        return b == '\n' ? become(State.FIELD) : malformed("a CR without its LF");
    }

    // ---- the fields -------------------------------------------------------------------------------------------------

    private @Nullable Parsed field(int b) {
        if (++fieldBytes > MAX_FIELD_BYTES) {
            return refuse(431, "the fields have more than " + MAX_FIELD_BYTES + " bytes");
        }
        return switch (state) {
            case FIELD -> fieldStart(b);
            case NAME -> name(b);
            case BLANKS -> Bytes.isBlank(b) ? null : value(b);
            case VALUE -> value(b);
            default -> fieldLf(b);
        };
    }

    private @Nullable Parsed fieldStart(int b) {
        if (Bytes.isBlank(b)) {
            return malformed("a field begins with a blank, or is folded");
        }
        if (++fieldCount > MAX_FIELDS) {
            return refuse(431, "there are more than " + MAX_FIELDS + " fields");
        }
        state = State.NAME;
        return name(b);
    }

    private @Nullable Parsed name(int b) {
        if (b == ':' && length > 0) {
            name = Fields.Name.of(text, 0, length);
            length = 0;
            return become(State.BLANKS);
        }
        if (!Bytes.isToken(b)) {
            return malformed("a field is a name, a colon right behind it, and a value");
        }
        if (length <= Fields.Name.LONGEST) {
            append(b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b);
        }
        return null;
    }

    private @Nullable Parsed value(int b) {
        if (b == '\r') {
            return become(State.FIELD_LF);
        }
        if (!Bytes.isValue(b)) {
            return malformed("a field's value has a control character, or a line does not end with CRLF");
        }
        if (name != null) {
            append(b);
        }
        return become(State.VALUE);
    }

    private @Nullable Parsed fieldLf(int b) {
        if (b != '\n') {
            return malformed("a CR without its LF");
        }
        state = State.FIELD;
        if (name == null) {
            return null;
        }
        while (length > 0 && Bytes.isBlank(text[length - 1])) {
            length--;
        }
        String refused = fields.add(name, taken());
        return refused == null ? null : malformed(refused);
    }

    private Parsed endLf(int b) {
        if (b != '\n') {
            return malformed("a CR without its LF");
        }
        Refusal refusal = fields.refusal(method, minor);
        if (refusal != null) {
            state = State.REFUSED;
            return refusal;
        }
        Request request =
                new Request(method == Method.HEAD, path, minor, fields.keepsAlive(minor), fields.modifiedSince());
        reset();
        return request;
    }

    private void reset() {
        fields.clear();
        state = State.START;
        emptyLineSeen = false;
        lineBytes = 0;
        fieldBytes = 0;
        fieldCount = 0;
        if (text.length > SMALL) {
            text = new byte[SMALL];
        }
    }

    // ---- what is kept -----------------------------------------------------------------------------------------------

    private void append(int b) {
        if (length == text.length) {
            text = Arrays.copyOf(text, 2 * length);
        }
        text[length++] = (byte) b;
    }

    private String taken() {
        String taken = new String(text, 0, length, StandardCharsets.ISO_8859_1);
        length = 0;
        return taken;
    }
}
