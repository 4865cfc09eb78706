/**
 * The reactor: an {@link io.millio.loop.EventLoop} polls channels, timers and triggers and calls their handlers.
 */
@NullMarked
package io.millio.loop;

import org.jspecify.annotations.NullMarked;
