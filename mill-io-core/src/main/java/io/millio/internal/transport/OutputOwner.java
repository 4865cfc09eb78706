package io.millio.internal.transport;

/** The stream to which a {@link StreamOutput} belongs. */
interface OutputOwner {
    /** Any thread: who is told of what was written. */
    TransportSink sink();

    /** Reactor only: whether the output waits for room has changed. */
    void updateInterest();

    /** Reactor only: writing has failed. */
    void broken(Throwable cause, boolean reset);
}
