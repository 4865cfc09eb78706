package io.millio.net;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Frames that end with given bytes. Immutable and stateless; any thread. */
final class DelimiterFraming extends Framing implements FrameCodec {
    private static final int LONGEST = 255;

    private final byte[] delimiter;
    private final int maxFrame;
    private final boolean strip;

    /** Takes the array over. */
    DelimiterFraming(byte[] delimiter, int maxFrame, boolean strip) {
        checkRange("the delimiter's length", delimiter.length, 1, LONGEST);
        this.delimiter = delimiter;
        this.maxFrame = checkMaxFrame(maxFrame, strip ? 0 : delimiter.length);
        this.strip = strip;
    }

    @Override
    public long decode(ByteBuffer in, int examined) {
        int start = in.position();
        int longest = largestTotal();
        int reach = Math.min(in.remaining(), longest);
        // The bytes seen already may end with the beginning of a delimiter.
        int from = Math.max(0, examined - delimiter.length + 1);
        int found = find(in, start + from, start + reach);
        if (found >= 0) {
            return FrameCodec.frame(found - start + delimiter.length, 0, strip ? delimiter.length : 0);
        }
        if (in.remaining() >= longest) {
            throw FramingException.unterminated(in.remaining(), "the delimiter " + hex(), maxFrame);
        }
        return INCOMPLETE;
    }

    /** The absolute index of the first delimiter that lies in [from, to) as a whole, or -1. */
    private int find(ByteBuffer in, int from, int to) {
        int last = to - delimiter.length + 1;
        int at = from;
        while ((at = ByteScan.indexOf(in, delimiter[0], at, last)) >= 0) {
            if (matchesAt(in, at)) {
                return at;
            }
            at++;
        }
        return -1;
    }

    private boolean matchesAt(ByteBuffer in, int at) {
        for (int i = 1; i < delimiter.length; i++) {
            if (in.get(at + i) != delimiter[i]) {
                return false;
            }
        }
        return true;
    }

    private int payloadLimit() {
        return strip ? maxFrame : maxFrame - delimiter.length;
    }

    @Override
    public int tailLength() {
        return delimiter.length;
    }

    @Override
    public void putTail(ByteBuffer out) {
        out.put(delimiter);
    }

    @Override
    public void checkPayload(ByteBuffer payload) {
        checkOutgoing(payload, payloadLimit(), maxFrame);
        int found = find(payload, payload.position(), payload.limit());
        int at = found >= 0 ? found : earlyMatch(payload);
        if (at >= 0) {
            throw new IllegalArgumentException("payload has the delimiter " + hex() + " at index "
                    + (at - payload.position()) + (found >= 0 ? "" : ", together with the delimiter that follows it")
                    + "; it would end the frame there, and a finished frame is sent with write");
        }
    }

    /** Where the end of the payload and the beginning of the delimiter after it make a delimiter too early, or -1. */
    private int earlyMatch(ByteBuffer payload) {
        int end = payload.limit();
        for (int at = Math.max(payload.position(), end - delimiter.length + 1); at < end; at++) {
            if (matchesAcross(payload, at)) {
                return at;
            }
        }
        return -1;
    }

    private boolean matchesAcross(ByteBuffer payload, int at) {
        int inside = payload.limit() - at;
        for (int i = 0; i < delimiter.length; i++) {
            byte actual = i < inside ? payload.get(at + i) : delimiter[i - inside];
            if (actual != delimiter[i]) {
                return false;
            }
        }
        return true;
    }

    private String hex() {
        return "0x" + HexFormat.of().formatHex(delimiter);
    }

    @Override
    public DelimiterFraming maxFrame(int bytes) {
        return new DelimiterFraming(delimiter, bytes, strip);
    }

    @Override
    public DelimiterFraming strip(boolean newStrip) {
        return new DelimiterFraming(delimiter, maxFrame, newStrip);
    }

    @Override
    public int maxFrame() {
        return maxFrame;
    }

    @Override
    public FrameCodec codec() {
        return this;
    }

    @Override
    int largestTotal() {
        return payloadLimit() + delimiter.length;
    }

    @Override
    String kind() {
        return "delimiter";
    }

    @Override
    public String toString() {
        return "delimiter(" + hex() + ", maxFrame=" + maxFrame + ", strip=" + strip + ")";
    }
}
