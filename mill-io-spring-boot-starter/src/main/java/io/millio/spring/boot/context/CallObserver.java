package io.millio.spring.boot.context;

/** Told of the calls of handler methods; for any thread. */
@FunctionalInterface
public interface CallObserver {
    /** Observes nothing, at no cost. */
    CallObserver NONE = (server, method) -> Observed.NOTHING;

    /**
     * A method is about to be called by this thread.
     *
     * @param method its class and name
     */
    Observed begin(String server, String method);

    /** One call. */
    interface Observed {
        /** Observes nothing. */
        Observed NOTHING = new Observed() {
            @Override
            public void failed(Throwable error) {}

            @Override
            public void left() {}

            @Override
            public void ended() {}
        };

        /** What it threw or its stage failed with, before {@link #ended}; from any thread. */
        void failed(Throwable error);

        /** The thread that has begun it goes on with something else. */
        void left();

        /** There is a reply, or will never be one; from any thread, once. */
        void ended();
    }
}
