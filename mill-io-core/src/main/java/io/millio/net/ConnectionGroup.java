package io.millio.net;

import io.millio.internal.transport.SharedPart;
import io.millio.pool.PooledBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All connections of a server, or those of a named group, to which something can be sent at once. Every method may be
 * called by any thread and none blocks. A connection leaves its groups when it closes; a group without members takes no
 * memory.
 *
 * <p>What is sent is kept once for all receivers. Each takes it in order with its other writes and within its own cap:
 * one that is too slow ends with {@link CloseReason#WRITE_OVERFLOW} and holds nobody else up. Sending costs the calling
 * thread a system call for each receiver that lives on another reactor.
 */
public final class ConnectionGroup {
    private final List<Shard> shards;
    private final @Nullable String name;

    ConnectionGroup(List<Shard> shards, @Nullable String name) {
        this.shards = shards;
        this.name = name;
    }

    /**
     * Adds a connection of this server.
     *
     * @return false if it is a member already, or is closed or closing
     * @throws IllegalArgumentException if the connection is not one of this server's
     * @throws UnsupportedOperationException if this is the group of all connections
     */
    public boolean add(Connection connection) {
        StreamConnection member = own(connection);
        return member.shard().groups().add(named(), member);
    }

    /**
     * Removes a connection.
     *
     * @return false if it was not a member
     * @throws IllegalArgumentException if the connection is not one of this server's
     * @throws UnsupportedOperationException if this is the group of all connections
     */
    public boolean remove(Connection connection) {
        StreamConnection member = own(connection);
        return member.shard().groups().remove(named(), member);
    }

    private String named() {
        if (name == null) {
            throw new UnsupportedOperationException(
                    "connections come to the group of all, and leave it, by being opened and closed");
        }
        return name;
    }

    private StreamConnection own(Connection connection) {
        if (connection instanceof StreamConnection member && shards.contains(member.shard())) {
            return member;
        }
        throw new IllegalArgumentException(connection + " is not a connection of this server");
    }

    /** The connections that it has now; a copy. */
    public List<Connection> members() {
        List<Connection> found = new ArrayList<>();
        shards.forEach(shard -> found.addAll(members(shard)));
        return found;
    }

    /** How many connections it has now. */
    public int size() {
        int size = 0;
        for (Shard shard : shards) {
            size += members(shard).size();
        }
        return size;
    }

    /**
     * As {@link Connection#write} for every member.
     *
     * @param data consumed
     * @return how many members accepted it
     */
    public int broadcast(ByteBuffer data) {
        PooledBuffer copy = shards.get(0).buffers().tryAcquire(Math.max(1, data.remaining()));
        if (copy == null) {
            int accepted = forEach(member -> member.write(data.duplicate()) != WriteResult.REJECTED);
            data.position(data.limit());
            return accepted;
        }
        copy.buffer().put(data).flip();
        return share(copy);
    }

    /**
     * As {@link Connection#writeFrame} for every member.
     *
     * @param payload consumed
     * @return how many members accepted it
     * @throws IllegalArgumentException if the payload cannot be sent with the server's framing
     */
    public int broadcastFrame(ByteBuffer payload) {
        FrameCodec codec = shards.get(0).options().framing().codec();
        codec.checkPayload(payload);
        PooledBuffer frame = OutgoingFrame.build(codec, payload, shards.get(0).buffers());
        if (frame == null) {
            int accepted = forEach(member -> member.writeFrame(payload.duplicate()) != WriteResult.REJECTED);
            payload.position(payload.limit());
            return accepted;
        }
        payload.position(payload.limit());
        return share(frame);
    }

    private int share(PooledBuffer memory) {
        int length = memory.buffer().remaining();
        SharedPart.Bytes bytes = new SharedPart.Bytes(memory);
        try {
            return forEach(member -> member.writeShared(bytes, length));
        } finally {
            bytes.release();
        }
    }

    private int forEach(Predicate<StreamConnection> send) {
        int accepted = 0;
        for (Shard shard : shards) {
            for (StreamConnection member : members(shard)) {
                if (send.test(member)) {
                    accepted++;
                }
            }
        }
        return accepted;
    }

    private Collection<StreamConnection> members(Shard shard) {
        return name == null ? shard.connections() : shard.groups().members(name);
    }

    @Override
    public String toString() {
        return (name == null ? "all connections of " : "group '" + name + "' of ")
                + shards.get(0).options().owner();
    }
}
