package io.millio.spring.boot.context;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Exceptions that go on as they are, checked or not, and the first of several; belongs to one thread. */
final class Thrown {
    private @Nullable Throwable first;

    /** Goes on with an exception that the compiler is to take for an unchecked one. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <E extends Throwable> E as(Throwable thrown) throws E {
        throw (E) thrown;
    }

    /** What a stage failed with, without what stages wrap it in. */
    static Throwable cause(Throwable error) {
        Throwable cause = error.getCause();
        boolean wrapper = error instanceof CompletionException || error instanceof ExecutionException;
        return wrapper && cause != null ? cause : error;
    }

    /** Runs a step whatever the ones before it have thrown. */
    void run(Step step) {
        try {
            step.run();
        } catch (Throwable t) {
            if (first == null) {
                first = t;
            } else if (first != t) {
                first.addSuppressed(t);
            }
        }
    }

    void rethrow() {
        if (first != null) {
            throw Thrown.<RuntimeException>as(first);
        }
    }

    @FunctionalInterface
    interface Step {
        void run() throws Throwable;
    }
}
