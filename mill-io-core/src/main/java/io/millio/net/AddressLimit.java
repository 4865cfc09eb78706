package io.millio.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts open connections by remote address; for any thread. An address is known only while it has a connection, so the map holds
 * at most as many entries as the server has connections and nobody can push another's entry out. IPv6 addresses count by their
 * /64 network, which one subscriber has to itself; otherwise one host could come from 2^64 addresses.
 */
final class AddressLimit {
    private final int limit;
    private final Map<Object, Integer> counts = new ConcurrentHashMap<>();

    /** A limit of 0 counts nothing and admits all. */
    AddressLimit(int limit) {
        this.limit = limit;
    }

    /** Counts a connection in, or answers false if its address has as many as it may. */
    boolean enter(SocketAddress remote) {
        Object key = key(remote);
        if (key == null) {
            return true;
        }
        boolean[] admitted = new boolean[1];
        counts.compute(key, (same, count) -> {
            int before = count == null ? 0 : count;
            admitted[0] = before < limit;
            return admitted[0] ? Integer.valueOf(before + 1) : count;
        });
        return admitted[0];
    }

    /** Counts out what was counted in. */
    void leave(SocketAddress remote) {
        Object key = key(remote);
        if (key != null) {
            counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
        }
    }

    int addresses() {
        return counts.size();
    }

    private @Nullable Object key(SocketAddress remote) {
        if (limit == 0 || !(remote instanceof InetSocketAddress internet)) {
            return null;
        }
        InetAddress address = internet.getAddress();
        return address instanceof Inet6Address
                ? ByteBuffer.wrap(address.getAddress()).getLong()
                : address;
    }
}
