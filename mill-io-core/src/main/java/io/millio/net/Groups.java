package io.millio.net;

import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which of a shard's connections belong to which named group; for any thread. A group without members does not exist. */
final class Groups {
    private final Map<String, Set<StreamConnection>> members = new ConcurrentHashMap<>();

    /**
     * Each set is touched, and the other map changed, only while its entry is computed: the two always say the same of a connection,
     * or one that was added and removed at once could stay a member for ever.
     */
    private final Map<StreamConnection, Set<String>> names = new ConcurrentHashMap<>();

    Collection<StreamConnection> members(String name) {
        return members.getOrDefault(name, Set.of());
    }

    /** False if it is a member already, or is closed or closing. */
    boolean add(String name, StreamConnection connection) {
        boolean[] added = new boolean[1];
        names.compute(connection, (same, before) -> {
            Set<String> set = before == null ? new HashSet<>() : before;
            added[0] = set.add(name);
            enter(name, connection);
            return set;
        });
        // Whoever closes it settles the reason first and removes it then; so either sees the other.
        if (!connection.isOpen()) {
            remove(name, connection);
            return false;
        }
        return added[0];
    }

    boolean remove(String name, StreamConnection connection) {
        boolean[] removed = new boolean[1];
        names.computeIfPresent(connection, (same, set) -> {
            removed[0] = set.remove(name);
            leave(name, connection);
            return set.isEmpty() ? null : set;
        });
        return removed[0];
    }

    /** The connection has had its last callback. */
    void removeFromAll(StreamConnection connection) {
        names.computeIfPresent(connection, (same, set) -> {
            set.forEach(name -> leave(name, connection));
            return null;
        });
    }

    private void enter(String name, StreamConnection connection) {
        members.compute(name, (same, before) -> {
            Set<StreamConnection> set = before == null ? ConcurrentHashMap.newKeySet() : before;
            set.add(connection);
            return set;
        });
    }

    private void leave(String name, StreamConnection connection) {
        members.computeIfPresent(name, (same, set) -> set.remove(connection) && set.isEmpty() ? null : set);
    }
}
