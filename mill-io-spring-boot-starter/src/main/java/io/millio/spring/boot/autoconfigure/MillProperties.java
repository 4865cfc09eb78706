package io.millio.spring.boot.autoconfigure;

import io.millio.loop.Dispatch;
import io.millio.net.OverLimit;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Everything below {@code mill}; immutable, for any thread. What a server does not set is left to the core, whose defaults then
 * count; they stand in the metadata.
 *
 * @param enabled Whether Mill-IO is configured at all.
 * @param eventLoop the event loop
 * @param compute its pool for computations
 * @param shutdown how it ends
 * @param metrics what is measured
 * @param observation what is observed
 * @param health what is healthy
 * @param clients Clients by name. Each needs an address and a port, or a path.
 * @param servers Servers by name. Each needs a port and a @MillHandler bean.
 * @param watches File watches by name. Each needs a path and a @MillHandler bean.
 */
@ConfigurationProperties("mill")
public record MillProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue Loop eventLoop,
        @DefaultValue Compute compute,
        @DefaultValue Shutdown shutdown,
        @DefaultValue Metrics metrics,
        @DefaultValue Observation observation,
        @DefaultValue Health health,
        @DefaultValue Map<String, Client> clients,
        @DefaultValue Map<String, Server> servers,
        @DefaultValue Map<String, Watch> watches) {

    /**
     * The event loop.
     *
     * @param name Name of the loop in thread names, log lines and meters.
     * @param reactors Number of reactor threads, 1 to 256; half the processors, at least 1 and at most 8, if not set. Connections are
     *     spread over them and stay where they are.
     * @param workers Number of worker threads, 1 to 4096, which run the handlers of servers with dispatch "workers".
     * @param eventCapacity Number of events that a reactor handles before it looks at its tasks and timers again, 1 to 65536.
     * @param pollTimeout Longest sleep of an idle reactor. Zero lets it sleep until there is something to do.
     * @param dispatch Where handlers run unless their server says otherwise. Handlers that block need "workers".
     * @param stallThreshold How long a reactor may be away from its selector before that is logged and counted as a stall. Zero
     *     switches this off.
     * @param workerQueue Number of tasks that may wait for a worker, 1 to 16777216; 1024 for each worker if not set.
     */
    public record Loop(
            @DefaultValue("mill") String name,
            @Nullable Integer reactors,
            @DefaultValue("4") int workers,
            @DefaultValue("1024") int eventCapacity,
            @DefaultValue("100ms") Duration pollTimeout,
            @DefaultValue("workers") Dispatch dispatch,
            @DefaultValue("100ms") Duration stallThreshold,
            @Nullable Integer workerQueue) {}

    /**
     * The pool for computations, {@code EventLoop.compute()}.
     *
     * @param threads Number of computations that run at once, 1 to 4096.
     * @param queueCapacity Number of computations of each priority that may wait, 1 to 4194304.
     * @param virtual Whether they run on virtual threads. Needs JDK 21 or later.
     */
    public record Compute(
            @Nullable Integer threads,
            @Nullable Integer queueCapacity,
            @DefaultValue("false") boolean virtual) {}

    /**
     * The end of the loop.
     *
     * @param timeout Longest drain at shutdown, during which what was received is answered. Has to be shorter than
     *     spring.lifecycle.timeout-per-shutdown-phase to be of use.
     * @param preDrainDelay Time between the moment at which readiness is refused and the beginning of the drain, in which load
     *     balancers may notice. Taken from the same phase as the drain.
     */
    public record Shutdown(
            @Nullable Duration timeout, @DefaultValue("0s") Duration preDrainDelay) {}

    /**
     * The meters.
     *
     * @param perLoop Whether every event loop has meters of its own instead of one sum tagged "all".
     */
    public record Metrics(@DefaultValue("true") boolean perLoop) {}

    /**
     * The observations.
     *
     * @param enabled Whether calls of handler methods are observed, where there is an ObservationRegistry.
     */
    public record Observation(@DefaultValue("false") boolean enabled) {}

    /**
     * The health.
     *
     * @param stallBound How long a reactor may be away from its selector before its event loop is reported as down. Zero is for
     *     ever.
     */
    public record Health(@DefaultValue("5s") Duration stallBound) {}

    /** One server; its keys are described in the hand-written metadata, for the processor does not look behind a map. */
    public record Server(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("tcp") Transport transport,
            @Nullable Long token,
            @Nullable String address,
            @Nullable Integer port,
            @Nullable String path,
            @Nullable Integer backlog,
            @Nullable Dispatch dispatch,
            @Nullable Integer maxConnections,
            @Nullable Integer maxConnectionsPerAddress,
            @Nullable OverLimit overLimit,
            @Nullable Integer acceptRate,
            @Nullable Duration idleTimeout,
            @Nullable Duration readIdleTimeout,
            @Nullable Duration writeIdleTimeout,
            @Nullable Duration stallTimeout,
            @Nullable Duration firstByteTimeout,
            @Nullable Duration maxAge,
            @Nullable Duration maxAgeJitter,
            @Nullable Framing framing,
            @Nullable WriteBuffer writeBuffer,
            @Nullable RateLimit rateLimit,
            @Nullable Socket socket,
            @Nullable Ssl ssl) {}

    /** One client; its keys are described where those of a server are. */
    public record Client(
            @Nullable String address,
            @Nullable Integer port,
            @Nullable String path,
            @Nullable Integer maximumPoolSize,
            @Nullable Integer minimumIdle,
            @Nullable Duration connectionTimeout,
            @Nullable Duration idleTimeout,
            @Nullable Duration maxLifetime,
            @Nullable Duration keepaliveTime,
            @Nullable Duration leakDetectionThreshold,
            @Nullable Framing framing,
            @Nullable Socket socket,
            @Nullable Ssl ssl) {}

    /** TLS, which is asked for here and refused until it is there. */
    public record Ssl(@Nullable String bundle) {}

    /** One file watch; its keys are described where those of a server are. */
    public record Watch(
            @Nullable String path,
            @Nullable Boolean recursive,
            @Nullable Duration coalesce,
            @Nullable Long token,
            @Nullable Dispatch dispatch,
            @Nullable Boolean existing,
            @Nullable Integer maxFiles,
            @Nullable Integer maxDirectories) {}

    /** How a stream is cut into frames. */
    public record Framing(
            @Nullable FramingType type,
            @Nullable DataSize maxFrame,
            @Nullable String delimiter,
            @Nullable DataSize size,
            @Nullable Integer lengthBytes,
            @Nullable Order byteOrder,
            @Nullable Integer lengthAdjustment,
            @Nullable Boolean strip) {}

    /** Watermarks and cap of what a connection owes its peer. */
    public record WriteBuffer(
            @Nullable DataSize low,
            @Nullable DataSize high,
            @Nullable DataSize cap) {}

    /** What may be received per second, by each connection and by all of the server. */
    public record RateLimit(
            @Nullable Long messagesPerSecond,
            @Nullable DataSize bytesPerSecond,
            @Nullable Long serverMessagesPerSecond,
            @Nullable DataSize serverBytesPerSecond,
            @Nullable Duration burst) {}

    /** Options of the sockets. */
    public record Socket(
            @Nullable Boolean noDelay,
            @Nullable Boolean keepAlive,
            @Nullable Duration keepIdle,
            @Nullable Duration keepInterval,
            @Nullable Integer keepCount,
            @Nullable Boolean reusePort,
            @Nullable DataSize sendBuffer,
            @Nullable DataSize receiveBuffer,
            @Nullable Duration linger) {}

    /** What carries the bytes. */
    public enum Transport {
        /** Streams between hosts. */
        TCP,
        /** Datagrams. */
        UDP,
        /** Streams between processes of one host. */
        UNIX
    }

    /** The kinds of framing. */
    public enum FramingType {
        /** No frames. */
        NONE,
        /** Lines that end with LF or CRLF. */
        LINE,
        /** Frames that end with given bytes. */
        DELIMITER,
        /** Frames of one size. */
        FIXED,
        /** A binary length before each frame. */
        LENGTH,
        /** A length as a variable-length number before each frame. */
        VARINT
    }

    /** The orders of a length's bytes. */
    public enum Order {
        /** The most significant byte first. */
        BIG_ENDIAN,
        /** The least significant byte first. */
        LITTLE_ENDIAN
    }
}
