package io.millio.spring.boot.autoconfigure;

import io.millio.loop.EventLoop;

/** Makes the builder of a loop from {@code mill.event-loop.*} and {@code mill.compute.*}; stateless. */
final class EventLoopSettings {
    private EventLoopSettings() {}

    static EventLoop.Builder builder(MillProperties.Loop keys, MillProperties.Compute compute) {
        EventLoop.Builder builder = EventLoop.builder();
        Checked.set(property("name"), keys.name(), builder::name);
        Checked.set(property("reactors"), keys.reactors(), builder::reactors);
        Checked.set(property("workers"), keys.workers(), builder::workers);
        Checked.set(property("event-capacity"), keys.eventCapacity(), builder::eventCapacity);
        Checked.set(property("poll-timeout"), keys.pollTimeout(), builder::pollTimeout);
        Checked.set(property("dispatch"), keys.dispatch(), builder::dispatch);
        Checked.set(property("stall-threshold"), keys.stallThreshold(), builder::stallThreshold);
        Checked.set(property("worker-queue"), keys.workerQueue(), builder::workerQueue);
        Checked.set("mill.compute.threads", compute.threads(), builder::computeThreads);
        Checked.set("mill.compute.queue-capacity", compute.queueCapacity(), builder::computeQueue);
        Checked.set("mill.compute.virtual", compute.virtual(), builder::computeVirtual);
        return builder;
    }

    private static String property(String key) {
        return "mill.event-loop." + key;
    }
}
