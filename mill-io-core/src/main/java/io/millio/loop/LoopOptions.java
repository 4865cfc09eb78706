package io.millio.loop;

import io.millio.time.Ticker;
import java.time.Duration;

/** Everything that the builder of a loop has decided; immutable and valid. */
record LoopOptions(
        String name,
        int reactors,
        int workers,
        int eventCapacity,
        Duration pollTimeout,
        Dispatch dispatch,
        int workerQueue,
        int computeThreads,
        int computeQueue,
        boolean computeVirtual,
        long bufferBytes,
        ErrorListener errorListener,
        Duration stallThreshold,
        StallListener stallListener,
        Ticker ticker) {
    static final int TASK_QUEUE_CAPACITY = 65_536;
    static final int MAX_VIRTUAL_THREADS = 16_384;
    static final int MAX_TIMERS = 1_000_000;
}
