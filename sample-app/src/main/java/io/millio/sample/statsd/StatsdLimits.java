package io.millio.sample.statsd;

/** What senders may use up, who are anybody that reaches the port; constants, for any thread. */
final class StatsdLimits {
    /** Bytes of a line. The TCP server's {@code max-frame} says the same. */
    static final int LINE = 8192;

    /** Characters of a name. */
    static final int NAME = 200;

    /** Tags of a line, and the characters of their keys and values. */
    static final int TAGS = 10;

    static final int TAG_KEY = 64;
    static final int TAG_VALUE = 128;

    /** Combinations of tags under one name. */
    static final int SERIES_OF_NAME = 100;

    /** Combinations of names and tags in all. They live as long as the application. */
    static final int SERIES = 2000;

    /** Values that are remembered for all sets together, and the characters of one. */
    static final int MEMBERS = 100_000;

    static final int MEMBER = 128;

    /** The greatest number, so that sums stay finite. */
    static final double VALUE = 1e18;

    /** About 31 years, in milliseconds. */
    static final double MILLIS = 1e12;

    /** The smallest sample rate of what is only multiplied, and of what has to be recorded so often. */
    static final double COUNTER_RATE = 1e-6;

    static final double REPEATED_RATE = 1e-2;

    private StatsdLimits() {}
}
