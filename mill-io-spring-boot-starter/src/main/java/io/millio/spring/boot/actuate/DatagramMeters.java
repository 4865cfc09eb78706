package io.millio.spring.boot.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.millio.net.UdpStats;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The meters of one server for datagrams, all zero until it is built. For any thread. */
final class DatagramMeters {
    private static final UdpStats NOTHING = new UdpStats(0, 0, 0, 0, Map.of(), 0, 0, Map.of(), 0, 0);
    private static final String DATAGRAMS = "datagrams";
    private static final List<String> DROPS = List.of("send-queue", "mailbox", "memory", "refused", "closed");

    private final String server;
    private final Supplier<Optional<UdpStats>> source;
    private final HandlerErrors<UdpStats> errors = new HandlerErrors<>(UdpStats::handlerErrors);
    private final Snapshot<UdpStats> figures = new Snapshot<>(this::take, now -> 0);

    DatagramMeters(String server, Supplier<Optional<UdpStats>> source) {
        this.server = server;
        this.source = source;
    }

    private UdpStats take() {
        UdpStats stats = source.get().orElse(NOTHING);
        errors.seen(stats);
        return stats;
    }

    void bindTo(MeterRegistry registry) {
        Meters<UdpStats> meters = new Meters<>(registry, figures, Tags.of("server", server));
        Meters<UdpStats> in = meters.with("direction", "in");
        Meters<UdpStats> out = meters.with("direction", "out");
        String datagrams = "Datagrams received and sent";
        in.counter("mill.server.datagrams", DATAGRAMS, datagrams, UdpStats::datagramsIn);
        out.counter("mill.server.datagrams", DATAGRAMS, datagrams, UdpStats::datagramsOut);
        String bytes = "Bytes received and sent";
        in.counter("mill.server.bytes", BaseUnits.BYTES, bytes, UdpStats::bytesIn);
        out.counter("mill.server.bytes", BaseUnits.BYTES, bytes, UdpStats::bytesOut);
        for (String reason : DROPS) {
            meters.with("reason", reason.replace('-', '_'))
                    .counter(
                            "mill.server.datagrams.dropped",
                            DATAGRAMS,
                            "Datagrams lost in this process",
                            now -> now.dropped().getOrDefault(reason, 0L));
        }
        meters.counter(
                "mill.server.datagrams.truncated",
                DATAGRAMS,
                "Datagrams received that were longer than the server takes",
                UdpStats::truncated);
        errors.bind(meters);
    }
}
