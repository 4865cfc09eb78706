package io.millio.net;

import java.util.concurrent.ThreadLocalRandom;

/** Where random tests get their seed from; {@code -Dmillio.seed=...} repeats a failure. Any thread. */
final class Seed {
    private Seed() {}

    static long fresh() {
        return Long.getLong("millio.seed", ThreadLocalRandom.current().nextLong());
    }
}
