package io.millio.net;

import java.time.Duration;

/**
 * What a connection has done so far. Immutable; each figure is an instant old at the most.
 *
 * @param age since it was opened
 * @param idle since bytes last went in either direction
 * @param bytesIn bytes received
 * @param bytesOut bytes given to the network
 */
public record ConnectionStats(Duration age, Duration idle, long bytesIn, long bytesOut) {}
