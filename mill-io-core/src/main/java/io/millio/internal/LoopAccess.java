package io.millio.internal;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens a loop's {@link LoopPort} to the packages above it without a public method on the loop.
 * The loop's class installs the opener in its static initialiser; the type of the loop cannot be named from here.
 */
public final class LoopAccess {
    private static volatile @Nullable Function<Object, LoopPort> opener;

    private LoopAccess() {}

    public static void install(Function<Object, LoopPort> function) {
        opener = function;
    }

    public static LoopPort of(Object eventLoop) {
        Function<Object, LoopPort> function = opener;
        if (function == null) {
            throw new IllegalStateException("no event loop class was initialised before " + eventLoop);
        }
        return function.apply(eventLoop);
    }
}
