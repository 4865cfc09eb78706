package io.millio.net;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which of a shard's connections belong to which named group; for any thread. A group without members does not exist. */
final class Groups {
    private final Map<String, Set<StreamConnection>> members = new ConcurrentHashMap<>();
    private final Map<StreamConnection, Set<String>> names = new ConcurrentHashMap<>();

    Collection<StreamConnection> members(String name) {
        return members.getOrDefault(name, Set.of());
    }

    /** False if it is a member already, or is closed or closing. */
    boolean add(String name, StreamConnection connection) {
        boolean added = put(names, connection, name);
        put(members, name, connection);
        // Whoever closes it settles the reason first and removes it then; so either sees the other.
        if (!connection.isOpen()) {
            remove(name, connection);
            return false;
        }
        return added;
    }

    boolean remove(String name, StreamConnection connection) {
        drop(members, name, connection);
        return drop(names, connection, name);
    }

    /** The connection has had its last callback. */
    void removeFromAll(StreamConnection connection) {
        Set<String> groups = names.get(connection);
        if (groups != null) {
            groups.forEach(name -> remove(name, connection));
        }
    }

    private static <K, V> boolean put(Map<K, Set<V>> map, K key, V value) {
        boolean[] added = new boolean[1];
        map.compute(key, (same, before) -> {
            Set<V> set = before == null ? ConcurrentHashMap.newKeySet() : before;
            added[0] = set.add(value);
            return set;
        });
        return added[0];
    }

    private static <K, V> boolean drop(Map<K, Set<V>> map, K key, V value) {
        boolean[] dropped = new boolean[1];
        map.computeIfPresent(key, (same, set) -> {
            dropped[0] = set.remove(value);
            return set.isEmpty() ? null : set;
        });
        return dropped[0];
    }
}
