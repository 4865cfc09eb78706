package io.millio.spring.boot.actuate;

import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.net.Connection;
import io.millio.net.ServerStats;
import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import io.millio.net.UdpStats;
import io.millio.net.pool.PoolStats;
import io.millio.pool.BufferPoolStats;
import io.millio.watch.FileWatch;
import io.millio.watch.FileWatchStats;
import io.millio.work.ComputePool;
import io.millio.work.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Loops, servers and connections for operators; for any thread. Read-only unless {@code management.endpoint.mill.access} is
 * {@code unrestricted}.
 *
 * <pre>
 *   GET    mill                  loops with their reactors, timers and workers; compute pools; servers; clients; file watches; buffers
 *   GET    mill/{server}         its connections: page from 0, size to 1000, sort, descending
 *   POST   mill/{server}         {"accepting": false} pauses, true resumes
 *   DELETE mill/{server}/{id}    closes one connection
 *   DELETE mill/{server}?idle=5m closes those on which nothing has happened for so long
 * </pre>
 */
@Endpoint(id = "mill", defaultAccess = Access.READ_ONLY)
public final class MillEndpoint {
    private static final int DEFAULT_SIZE = 50;
    private static final int MAX_SIZE = 1_000;

    private final Observed observed;

    /** For what is to be shown. */
    public MillEndpoint(Observed observed) {
        this.observed = observed;
    }

    /** Everything but the connections. */
    @ReadOperation
    public Overview overview() {
        Map<String, LoopStats> loops = new TreeMap<>();
        Map<String, Compute> compute = new TreeMap<>();
        for (EventLoop loop : observed.loops()) {
            loops.put(loop.name(), loop.stats());
            compute.put(loop.name(), Compute.of(loop.compute()));
        }
        Map<String, ServerState> servers = new TreeMap<>();
        observed.servers().forEach(server -> servers.put(server.name(), state(server)));
        BufferPoolStats buffers = observed.servers().stream()
                .flatMap(server -> server.tcp().get().stream())
                .findFirst()
                .map(TcpServer::bufferPoolStats)
                .orElse(null);
        Map<String, PoolStats> clients = new TreeMap<>();
        observed.clients().forEach((name, figures) -> clients.put(name, figures.get()));
        Map<String, WatchState> watches = new TreeMap<>();
        observed.watches().get().forEach(watch -> watches.put(watch.name(), state(watch)));
        return new Overview(loops, compute, servers, clients, watches, buffers);
    }

    private static WatchState state(FileWatch watch) {
        return new WatchState(watch.isOpen(), watch.path().toString(), watch.stats());
    }

    private static ServerState state(ObservedServer server) {
        Optional<TcpServer> tcp = server.tcp().get();
        return new ServerState(
                server.listening().getAsBoolean(),
                server.address().get().orElse(null),
                tcp.map(TcpServer::isAcceptingPaused).orElse(false),
                tcp.map(TcpServer::stats).orElse(null),
                server.udp().get().map(UdpEndpoint::stats).orElse(null));
    }

    /**
     * Connections of a server; 404 if there is no such server.
     *
     * @param page from 0
     * @param size of a page, 1 to 1000, 50 without
     * @param sort by id without
     */
    @ReadOperation
    public @Nullable ConnectionPage connections(
            @Selector String server,
            @Nullable Integer page,
            @Nullable Integer size,
            @Nullable ConnectionOrder sort,
            @Nullable Boolean descending) {
        ObservedServer found = observed.server(server).orElse(null);
        if (found == null) {
            return null;
        }
        int number = checked("page", page == null ? 0 : page, 0, Integer.MAX_VALUE);
        int length = checked("size", size == null ? DEFAULT_SIZE : size, 1, MAX_SIZE);
        List<ConnectionState> all = new ArrayList<>();
        found.tcp()
                .get()
                .ifPresent(tcp -> tcp.connections().members().forEach(each -> all.add(ConnectionState.of(each))));
        all.sort((sort == null ? ConnectionOrder.ID : sort).comparator(Boolean.TRUE.equals(descending)));
        int from = (int) Math.min((long) number * length, all.size());
        int to = Math.min(from + length, all.size());
        return new ConnectionPage(state(found), all.size(), number, length, all.subList(from, to));
    }

    /** Stops or resumes accepting; the open connections go on. */
    @WriteOperation
    public void accept(@Selector String server, boolean accepting) {
        TcpServer tcp = server(server);
        if (accepting) {
            tcp.resumeAccepting();
        } else {
            tcp.pauseAccepting();
        }
    }

    /** Closes one connection as its handler would. */
    @DeleteOperation
    public Closed close(@Selector String server, @Selector long id) {
        List<Connection> found = server(server).connections().members().stream()
                .filter(connection -> connection.id() == id)
                .toList();
        if (found.isEmpty()) {
            throw invalid("server '" + server + "' has no connection " + id + " now");
        }
        found.forEach(Connection::close);
        return new Closed(found.size());
    }

    /** Closes, as their handlers would, the connections on which nothing has come or gone for so long. */
    @DeleteOperation
    public Closed closeIdle(@Selector String server, Duration idle) {
        List<Connection> found = server(server).connections().members().stream()
                .filter(connection -> connection.stats().idle().compareTo(idle) >= 0)
                .toList();
        found.forEach(Connection::close);
        return new Closed(found.size());
    }

    private TcpServer server(String name) {
        return observed.server(name)
                .flatMap(server -> server.tcp().get())
                .orElseThrow(() -> invalid("there is no TCP server '" + name + "'; known are "
                        + observed.servers().stream().map(ObservedServer::name).toList()));
    }

    private static int checked(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw invalid(name + " is " + value + ", must be " + min + " to " + max);
        }
        return value;
    }

    private static InvalidEndpointRequestException invalid(String reason) {
        return new InvalidEndpointRequestException(reason, reason);
    }

    /**
     * Everything but the connections.
     *
     * @param compute the pools for computations, by the names of their loops
     * @param buffers the pool that the connections share; null until a server is built
     */
    public record Overview(
            Map<String, LoopStats> loops,
            Map<String, Compute> compute,
            Map<String, ServerState> servers,
            Map<String, PoolStats> clients,
            Map<String, WatchState> watches,
            @Nullable BufferPoolStats buffers)
            implements OperationResponseBody {}

    /**
     * The pool for computations of one loop.
     *
     * @param threads the largest number of computations that run at once
     */
    public record Compute(int threads, Map<Priority, ComputePool.Stats> priorities) {
        static Compute of(ComputePool pool) {
            Map<Priority, ComputePool.Stats> priorities = new EnumMap<>(Priority.class);
            for (Priority priority : Priority.values()) {
                priorities.put(priority, pool.stats(priority));
            }
            return new Compute(pool.threads(), priorities);
        }
    }

    /**
     * One server.
     *
     * @param stats null if it has no connections
     * @param datagrams null if it is not for datagrams
     */
    public record ServerState(
            boolean listening,
            @Nullable String address,
            boolean acceptingPaused,
            @Nullable ServerStats stats,
            @Nullable UdpStats datagrams) {}

    /** One file watch, and the directory it is to watch. */
    public record WatchState(boolean watching, String path, FileWatchStats stats) {}

    /**
     * Some connections of a server.
     *
     * @param total number of all its connections
     */
    public record ConnectionPage(ServerState server, int total, int page, int size, List<ConnectionState> connections)
            implements OperationResponseBody {}

    /** How many connections were told to close. */
    public record Closed(int closed) implements OperationResponseBody {}
}
