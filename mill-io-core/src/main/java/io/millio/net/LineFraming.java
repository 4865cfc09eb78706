package io.millio.net;

import java.nio.ByteBuffer;

/** Lines that end with LF or CRLF. Immutable and stateless; any thread. */
final class LineFraming extends Framing implements FrameCodec {
    private static final byte LF = '\n';
    private static final byte CR = '\r';

    private final int maxFrame;
    private final boolean strip;
    private final boolean partialAtEnd;

    LineFraming(int maxFrame, boolean strip, boolean partialAtEnd) {
        this.maxFrame = checkMaxFrame(maxFrame, strip ? 0 : 1);
        this.strip = strip;
        this.partialAtEnd = partialAtEnd;
    }

    @Override
    public long decode(ByteBuffer in, int examined) {
        int start = in.position();
        // The last place for the LF of a legal line; beyond it nothing is searched, however much has arrived.
        int reach = Math.min(in.remaining(), payloadLimit() + (strip ? 2 : 1));
        int lf = ByteScan.indexOf(in, LF, start + Math.min(examined, reach), start + reach);
        if (lf < 0) {
            return unterminated(in);
        }
        int total = lf - start + 1;
        int tail = !strip ? 0 : total > 1 && in.get(lf - 1) == CR ? 2 : 1;
        if (total - tail > maxFrame) {
            throw tooLarge(total - 1);
        }
        return FrameCodec.frame(total, 0, tail);
    }

    /** A full line may still wait for its LF; one byte more is legal only if it can be the CR of a CRLF. */
    private long unterminated(ByteBuffer in) {
        int have = in.remaining();
        int room = payloadLimit();
        boolean legal = have <= room || strip && have == room + 1 && in.get(in.position() + room) == CR;
        if (!legal) {
            throw tooLarge(have);
        }
        return INCOMPLETE;
    }

    private FramingException tooLarge(int seen) {
        return FramingException.unterminated(seen, "LF", maxFrame);
    }

    private int payloadLimit() {
        return strip ? maxFrame : maxFrame - 1;
    }

    @Override
    public int tailLength() {
        return 1;
    }

    @Override
    public void putTail(ByteBuffer out) {
        out.put(LF);
    }

    @Override
    public void checkPayload(ByteBuffer payload) {
        checkOutgoing(payload, payloadLimit(), maxFrame);
        int lf = ByteScan.indexOf(payload, LF, payload.position(), payload.limit());
        if (lf >= 0) {
            throw new IllegalArgumentException("payload contains LF at index " + (lf - payload.position())
                    + ", which would end the line there; leave the terminator out, or send a finished line with write");
        }
        if (payload.hasRemaining() && payload.get(payload.limit() - 1) == CR) {
            throw new IllegalArgumentException("payload ends with CR at index " + (payload.remaining() - 1)
                    + ", which would be read as part of the terminator; leave the terminator out");
        }
    }

    @Override
    public LineFraming maxFrame(int bytes) {
        return new LineFraming(bytes, strip, partialAtEnd);
    }

    @Override
    public LineFraming strip(boolean newStrip) {
        return new LineFraming(maxFrame, newStrip, partialAtEnd);
    }

    @Override
    public LineFraming deliverPartialAtEnd(boolean deliver) {
        return new LineFraming(maxFrame, strip, deliver);
    }

    @Override
    public int maxFrame() {
        return maxFrame;
    }

    @Override
    boolean deliversPartialAtEnd() {
        return partialAtEnd;
    }

    @Override
    public FrameCodec codec() {
        return this;
    }

    @Override
    int largestTotal() {
        return payloadLimit() + 2;
    }

    @Override
    String kind() {
        return "lines";
    }

    @Override
    public String toString() {
        return "lines(maxFrame=" + maxFrame + ", strip=" + strip + ", deliverPartialAtEnd=" + partialAtEnd + ")";
    }
}
