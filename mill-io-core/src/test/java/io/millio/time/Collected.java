package io.millio.time;

import static org.assertj.core.api.Assertions.fail;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Waits until the garbage collector has proven that nothing holds certain objects any more. */
final class Collected {
    private Collected() {}

    static void await(List<? extends WeakReference<?>> references) {
        long start = System.nanoTime();
        while (references.stream().anyMatch(reference -> reference.get() != null)) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
                fail("%d of %d objects are still held", held(references), references.size());
            }
            System.gc();
        }
    }

    private static long held(List<? extends WeakReference<?>> references) {
        return references.stream().filter(reference -> reference.get() != null).count();
    }
}
