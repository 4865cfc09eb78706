package io.millio.sample.rpc;

import tools.jackson.core.StreamReadConstraints;

/** What a message may have; constants, for any thread. */
final class RpcLimits {
    /** Bytes of a message, and of an answer. The server's {@code max-frame} says the same, and is what TCP clients meet first. */
    static final int MESSAGE = 1 << 20;

    /** Objects and arrays within each other, a batch included. */
    static final int DEPTH = 64;

    /** Requests of a batch. */
    static final int BATCH = 100;

    /** Characters of a number, and the greatest exponent: nobody is to calculate with 1e1000000000. */
    static final int NUMBER = 1000;

    /** Characters of an id, for each answer of a batch has one. */
    static final int ID = 1000;

    static final String TEXT = "at most " + DEPTH + " levels, numbers of " + NUMBER + " characters with exponents to "
            + NUMBER + ", and names of " + NUMBER + " characters";

    private RpcLimits() {}

    static StreamReadConstraints constraints() {
        return StreamReadConstraints.builder()
                .maxDocumentLength(MESSAGE)
                .maxStringLength(MESSAGE)
                .maxNestingDepth(DEPTH)
                .maxNumberLength(NUMBER)
                .maxNameLength(NUMBER)
                .build();
    }
}
