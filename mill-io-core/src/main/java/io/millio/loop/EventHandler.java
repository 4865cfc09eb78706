package io.millio.loop;

/** Called when a registered channel is ready or a trigger has fired. */
@FunctionalInterface
public interface EventHandler {
    /**
     * Called on the reactor with DIRECT dispatch, where it must not block, and otherwise on a worker or virtual thread;
     * never twice at a time for one registration, and never again after {@link Event#isClosed()}. Readiness is
     * level-triggered: what is left unread is reported again.
     *
     * @param event valid during this call only
     * @throws Exception anything thrown closes the registration and its channel, is reported to the loop's error
     *     listener, and harms nothing else
     */
    void onEvent(Event event) throws Exception;
}
