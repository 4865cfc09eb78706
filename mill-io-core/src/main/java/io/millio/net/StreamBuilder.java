package io.millio.net;

import io.millio.internal.Checks;
import io.millio.internal.VirtualThreads;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The settings that servers and clients have in common; not for use by several threads. */
abstract class StreamBuilder<B extends StreamBuilder<B>> {
    final EventLoop loop;

    @Nullable
    String name;

    private @Nullable Supplier<? extends ConnectionHandler> handlers;
    private @Nullable Dispatch dispatch;
    private Framing framing = Framing.none();
    private SocketOptions socket = SocketOptions.defaults();
    private Duration readIdleTimeout = Duration.ZERO;
    private Duration writeIdleTimeout = Duration.ZERO;
    private Duration firstByteTimeout = Duration.ZERO;
    private Duration maxAge = Duration.ZERO;
    private Duration maxAgeJitter = Duration.ZERO;
    private int writeLow = 32 * 1024;
    private int writeHigh = 64 * 1024;
    private int writeCap = 4 * 1024 * 1024;
    private Duration idleTimeout = Duration.ofMinutes(5);
    private Duration stallTimeout = Duration.ofSeconds(30);
    private @Nullable RateLimit rateLimit;
    private @Nullable RateLimit sharedRateLimit;

    StreamBuilder(EventLoop loop) {
        this.loop = Objects.requireNonNull(loop, "loop");
    }

    abstract B self();

    /** What the default name begins with. */
    static String kind(SocketAddress address) {
        if (address instanceof LocalAddress) {
            return "";
        }
        return address instanceof UnixDomainSocketAddress ? "unix " : "tcp ";
    }

    /** The name in messages and meters, 1 to 128 characters; made of the address by default. */
    public B name(String value) {
        name = Checks.name("name", value);
        return self();
    }

    /** One handler for all connections at once; this or {@link #handlerFactory} is required. */
    public B handler(ConnectionHandler value) {
        Objects.requireNonNull(value, "handler");
        handlers = () -> value;
        return self();
    }

    /** A handler for each connection, made on the connection's reactor, where the factory must not block. */
    public B handlerFactory(Supplier<? extends ConnectionHandler> value) {
        handlers = Objects.requireNonNull(value, "handler factory");
        return self();
    }

    /**
     * Where callbacks run; by default where the loop says.
     *
     * @throws UnsupportedOperationException if it is VIRTUAL, before JDK 21
     */
    public B dispatch(Dispatch value) {
        if (value == Dispatch.VIRTUAL) {
            VirtualThreads.require("dispatch VIRTUAL", "use WORKERS (blocking handlers) or DIRECT");
        }
        dispatch = value;
        return self();
    }

    /** How the stream is cut into frames; {@link Framing#none} by default. */
    public B framing(Framing value) {
        framing = Objects.requireNonNull(value, "framing");
        return self();
    }

    /**
     * Options of the sockets.
     *
     * @throws UnsupportedOperationException if one is set that the platform does not have
     */
    public B socket(SocketOptions value) {
        value.check();
        socket = value;
        return self();
    }

    /**
     * The watermarks and the cap of the bytes that a connection may owe its peer: above {@code high} nothing more is
     * delivered to the handler until they are at {@code low}; a write that would exceed {@code cap} ends the
     * connection, unless the queue is empty. 32 KiB, 64 KiB and 4 MiB by default.
     *
     * @throws IllegalArgumentException unless 0 &lt;= low &lt;= high &lt;= cap and 1 &lt;= high; with framing, {@code
     *     build} also asks for a cap of at least twice the largest frame
     */
    public B writeBuffer(int low, int high, int cap) {
        if (low < 0 || high < 1 || low > high || high > cap) {
            throw new IllegalArgumentException(
                    "write buffer must satisfy 0 <= low <= high <= cap and high >= 1, but low is " + low + ", high is "
                            + high + ", cap is " + cap);
        }
        writeLow = low;
        writeHigh = high;
        writeCap = cap;
        return self();
    }

    /**
     * How long nothing may be received or sent before {@link ConnectionHandler#onIdle} is called, which closes unless
     * overridden; 5 min by default, 0 is never.
     */
    public B idleTimeout(Duration value) {
        idleTimeout = Checks.notNegative("idle timeout", value);
        return self();
    }

    /** As {@link #idleTimeout}, for receiving alone; 0, the default, is never. */
    public B readIdleTimeout(Duration value) {
        readIdleTimeout = Checks.notNegative("read idle timeout", value);
        return self();
    }

    /** As {@link #idleTimeout}, for writing alone; 0, the default, is never. */
    public B writeIdleTimeout(Duration value) {
        writeIdleTimeout = Checks.notNegative("write idle timeout", value);
        return self();
    }

    /**
     * How long a peer may send nothing at all after connecting before its connection is closed; 0, the default, is for
     * ever.
     */
    public B firstByteTimeout(Duration value) {
        firstByteTimeout = Checks.notNegative("first byte timeout", value);
        return self();
    }

    /**
     * Drains and closes a connection at this age, plus a random time up to {@code jitter}, so that connections that
     * came together do not leave together; 0, the default, is never.
     */
    public B maxAge(Duration age, Duration jitter) {
        maxAge = Checks.notNegative("max age", age);
        maxAgeJitter = Checks.notNegative("max age jitter", jitter);
        return self();
    }

    /**
     * How long a peer may take nothing of what it is owed before its connection is reset; 30 s by default, 0 is for
     * ever.
     */
    public B stallTimeout(Duration value) {
        stallTimeout = Checks.notNegative("stall timeout", value);
        return self();
    }

    /** What each connection may receive per second, each for itself; none, the default, sets no limit. */
    public B rateLimit(RateLimit value) {
        rateLimit = Objects.requireNonNull(value, "rate limit");
        return self();
    }

    /**
     * What all connections together may receive per second, with those of every other server and client that was given
     * the same object: a limit for a server, or for a group of them. Holds beside {@link #rateLimit}; none, the
     * default, sets no limit.
     */
    public B sharedRateLimit(RateLimit value) {
        sharedRateLimit = Objects.requireNonNull(value, "shared rate limit");
        return self();
    }

    /** Takes the settings as they are now; {@code owner} as in "server 'echo'". */
    StreamOptions streamOptions(String owner) {
        if (handlers == null) {
            throw new IllegalStateException(owner + " needs a handler: call handler(...) or handlerFactory(...)");
        }
        if (framing != Framing.none() && writeCap / 2 < framing.maxFrame()) {
            throw new IllegalArgumentException("the write cap must be at least twice the greatest frame, but is "
                    + writeCap + " with a max frame of " + framing.maxFrame()
                    + "; lower maxFrame or raise the cap of writeBuffer");
        }
        return new StreamOptions(
                owner,
                handlers,
                dispatch == null ? loop.dispatch() : dispatch,
                framing,
                writeLow,
                writeHigh,
                writeCap,
                Checks.timeout(idleTimeout),
                Checks.timeout(readIdleTimeout),
                Checks.timeout(writeIdleTimeout),
                Checks.timeout(stallTimeout),
                Checks.timeout(firstByteTimeout),
                Checks.timeout(maxAge),
                Checks.timeout(maxAgeJitter),
                socket,
                rateLimit,
                sharedRateLimit);
    }
}
