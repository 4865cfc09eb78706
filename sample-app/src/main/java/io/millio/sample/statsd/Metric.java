package io.millio.sample.statsd;

import io.micrometer.core.instrument.Tags;

/**
 * What a line says. Immutable, for any thread.
 *
 * @param name in the form of Micrometer, of letters, digits and single dots
 * @param value a number; milliseconds for a timer, 0 for a set
 * @param member what is in a set, or empty
 * @param relative whether a gauge is to be changed by the value, not to it
 * @param rate the part of the events that are sent, above 0 and at most 1
 */
record Metric(String name, MetricType type, double value, String member, boolean relative, double rate, Tags tags) {}
