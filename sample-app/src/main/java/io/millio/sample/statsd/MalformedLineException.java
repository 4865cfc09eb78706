package io.millio.sample.statsd;

/** A line that says nothing. Never leaves the receiver, which counts it; without a stack trace, for it is nobody's defect here. */
final class MalformedLineException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    MalformedLineException(Reason reason) {
        super(reason.name(), null, false, false);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }

    /** What is wrong; the tag of the counter. */
    enum Reason {
        /** Not UTF-8. */
        ENCODING,
        /** Longer than a line may be, or cut off at the end of a datagram. */
        LENGTH,
        /** No colon, or no bar after it. */
        FORMAT,
        /** Too long, or nothing that Prometheus could show. */
        NAME,
        /** None of c, g, ms, h, d, s. */
        TYPE,
        /** No number, out of range, or negative where only a gauge may be. */
        VALUE,
        /** A sample rate that is none, or too small. */
        RATE,
        /** Too many, too long, or without a key. */
        TAGS,
        /** A part after the type that is unknown, or comes twice. */
        FIELD
    }
}
