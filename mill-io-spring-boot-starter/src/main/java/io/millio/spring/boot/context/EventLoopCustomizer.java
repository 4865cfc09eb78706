package io.millio.spring.boot.context;

import io.millio.loop.EventLoop;

/**
 * A bean that changes the event loop before it is built, after everything that the properties say; several are called in their
 * order. Called by the thread that creates the loop's bean. Not called for an {@link EventLoop} bean of the application's own.
 */
@FunctionalInterface
public interface EventLoopCustomizer {
    /** Changes the builder. */
    void customize(EventLoop.Builder builder);
}
