package io.millio.net.pool;

import java.time.Duration;

/**
 * A snapshot of what a pool has done since it was made.
 *
 * @param used connections lent, about to be lent or closing
 * @param idle connections waiting to be lent
 * @param connecting attempts to connect under way
 * @param max the greatest number of all three together
 * @param pending callers waiting for a connection
 * @param timeouts callers who have waited in vain
 * @param created connections made
 * @param createTime sum of the times that took
 * @param acquired connections lent
 * @param waitTime sum of the times callers waited for them
 * @param released connections given back or discarded
 * @param useTime sum of the times they were lent
 * @param stale connections closed because something arrived that nobody had asked for
 * @param leaks leases reported as lasting too long
 */
public record PoolStats(
        int used,
        int idle,
        int connecting,
        int max,
        int pending,
        long timeouts,
        long created,
        Duration createTime,
        long acquired,
        Duration waitTime,
        long released,
        Duration useTime,
        long stale,
        long leaks) {}
