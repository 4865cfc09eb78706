package io.millio.net;

import io.millio.internal.transport.Transport;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a server has room for another connection: their number, their number by remote address, and the rate of their
 * coming. The accepting reactor asks; any thread counts out.
 */
final class Admission {
    private final ServerOptions options;
    private final AddressLimit addresses;
    private final AcceptRate rate;
    private final AtomicInteger active = new AtomicInteger();

    Admission(ServerOptions options, long now) {
        this.options = options;
        this.addresses = new AddressLimit(options.maxPerAddress());
        this.rate = new AcceptRate(options.acceptRate(), now);
    }

    /** Any thread: connections admitted and not yet gone. */
    int active() {
        return active.get();
    }

    /** How many may be accepted before somebody has to go; over the limit as many as come, to be refused. */
    int room() {
        return options.overLimit() == OverLimit.REFUSE ? Integer.MAX_VALUE : options.maxConnections() - active.get();
    }

    /** How long accepting has to wait for the rate, or 0; never if what comes too fast is refused. */
    long rateDelayNanos(long now) {
        return options.overLimit() == OverLimit.REFUSE ? 0 : rate.nanosUntilNext(now);
    }

    /** Counts the connection in, or names the limit that refuses it. */
    @Nullable
    String admit(Transport transport, long now) {
        if (active.get() >= options.maxConnections()) {
            return "max-connections";
        }
        if (rate.nanosUntilNext(now) > 0) {
            return "accept-rate";
        }
        if (!addresses.enter(transport.remoteAddress())) {
            return "max-connections-per-address";
        }
        rate.accepted(now);
        active.incrementAndGet();
        return null;
    }

    /** Any thread: a connection is gone; true if a listener that paused for the number of connections is to look again. */
    boolean leave(Transport transport) {
        addresses.leave(transport.remoteAddress());
        return active.decrementAndGet() == options.maxConnections() - Math.max(1, options.maxConnections() / 16);
    }
}
