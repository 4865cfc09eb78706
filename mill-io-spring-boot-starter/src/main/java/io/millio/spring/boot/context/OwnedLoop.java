package io.millio.spring.boot.context;

import io.millio.loop.EventLoop;

/**
 * Says that the loop was made by the starter, which then starts and stops it too; there is no such bean if the application has
 * an {@link EventLoop} bean of its own. Immutable.
 */
public record OwnedLoop(EventLoop loop) {}
