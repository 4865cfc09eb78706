package io.millio.internal.transport;

import io.millio.pool.PooledBuffer;
import java.net.SocketAddress;

/**
 * One datagram that waits in a queue, whose thread owns the buffer and releases it.
 *
 * @param address whom it is for, or from
 * @param buffer what it says, between position and limit
 * @param truncated whether it was longer than it may be
 */
public record Datagram(SocketAddress address, PooledBuffer buffer, boolean truncated) {}
