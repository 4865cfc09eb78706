/**
 * A StatsD receiver on UDP and TCP whose metrics become Micrometer meters, so that {@code /actuator/prometheus} is a bridge from StatsD to
 * Prometheus.
 */
@NullMarked
package io.millio.sample.statsd;

import org.jspecify.annotations.NullMarked;
