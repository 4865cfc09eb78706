package http;

/** Which characters may stand where in a request, by RFC 9110 and RFC 3986. Constant tables, for any thread. */
final class Bytes {
    private static final String ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final String UNRESERVED = ALPHANUMERIC + "-._~";

    private static final boolean[] TOKEN = table(ALPHANUMERIC + "!#$%&'*+-.^_`|~");
    private static final boolean[] PATH = table(UNRESERVED + "!$&'()*+,;=" + ":@/%");
    private static final boolean[] QUERY = table(UNRESERVED + "!$&'()*+,;=" + ":@/%?");
    /** No comma, although a registered name may have one: two hosts that somebody has joined would look like one. */
    private static final boolean[] HOST = table(UNRESERVED + "!$&'()*+;=" + "%");

    private Bytes() {}

    private static boolean[] table(String members) {
        boolean[] table = new boolean[256];
        members.chars().forEach(member -> table[member] = true);
        return table;
    }

    static boolean isToken(int character) {
        return TOKEN[character];
    }

    /** Of a field's value: visible ASCII, blanks, and the bytes above 127, which mean nothing here. */
    static boolean isValue(int character) {
        return character >= ' ' && character != 0x7F || character == '\t';
    }

    static boolean isBlank(int character) {
        return character == ' ' || character == '\t';
    }

    /** Whether the part is made of such characters and whole percent-encodings alone. */
    static boolean isPath(String text, int from, int to) {
        return consistsOf(PATH, text, from, to);
    }

    /** As {@link #isPath}. */
    static boolean isQuery(String text, int from, int to) {
        return consistsOf(QUERY, text, from, to);
    }

    /** As {@link #isPath}, for the name of a host. */
    static boolean isHost(String text, int from, int to) {
        return consistsOf(HOST, text, from, to);
    }

    private static boolean consistsOf(boolean[] table, String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char character = text.charAt(i);
            if (character > 255 || !table[character]) {
                return false;
            }
            if (character == '%' && (i + 2 >= to || hex(text.charAt(i + 1)) < 0 || hex(text.charAt(i + 2)) < 0)) {
                return false;
            }
        }
        return true;
    }

    static boolean isDigits(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /** The value of a hexadecimal digit, or -1. Not {@link Character#digit}, which knows digits of other scripts, too. */
    static int hex(int character) {
        if (character >= '0' && character <= '9') {
            return character - '0';
        }
        int lower = character | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
