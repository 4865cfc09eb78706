package io.millio.loop;

/** Called when a registered channel is ready or a trigger has fired. */
@FunctionalInterface
public interface EventHandler {
    /**
     * Called on the reactor (DIRECT, where it must not block) or on a worker (WORKERS), never twice at a time for one
     * registration and never again after {@link Event#isClosed()}. Readiness is level-triggered: what is left unread is reported
     * again. Anything thrown closes the registration and its channel, is reported to the loop's error listener, and harms
     * nothing else.
     *
     * @param event valid during this call only
     */
    void onEvent(Event event) throws Exception;
}
