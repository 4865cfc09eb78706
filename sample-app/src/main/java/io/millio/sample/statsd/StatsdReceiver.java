package io.millio.sample.statsd;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millio.sample.statsd.MalformedLineException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/**
 * Takes lines, from whichever transport, and counts each as accepted, malformed or dropped. For any thread; never throws, whatever the
 * lines are.
 */
@Component
class StatsdReceiver {
    private static final char REPLACEMENT = '\uFFFD';

    private final StatsdMeters meters;
    private final Counter accepted;
    private final Map<Reason, Counter> malformed = new EnumMap<>(Reason.class);
    private final Map<StatsdMeters.Refusal, Counter> dropped = new EnumMap<>(StatsdMeters.Refusal.class);

    StatsdReceiver(StatsdMeters meters, MeterRegistry registry) {
        this.meters = meters;
        this.accepted = Counter.builder("statsd.lines.accepted")
                .description("Lines that are in a meter now")
                .register(registry);
        for (Reason reason : Reason.values()) {
            malformed.put(reason, counter(registry, "malformed", "Lines that say nothing", reason));
        }
        for (StatsdMeters.Refusal refusal : StatsdMeters.Refusal.values()) {
            dropped.put(refusal, counter(registry, "dropped", "Lines for which there is no room", refusal));
        }
    }

    private static Counter counter(MeterRegistry registry, String outcome, String description, Enum<?> reason) {
        return Counter.builder("statsd.lines." + outcome)
                .description(description)
                .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    /**
     * Takes one line, or several with line feeds between them; empty ones do not count.
     *
     * @param data lent for the length of the call
     * @param truncated whether the end is missing
     */
    void receive(ByteBuffer data, boolean truncated) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        int from = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == '\n') {
                line(bytes, from, i, truncated && i == bytes.length);
                from = i + 1;
            }
        }
    }

    private void line(byte[] bytes, int from, int end, boolean cut) {
        int to = end > from && bytes[end - 1] == '\r' ? end - 1 : end;
        if (to == from) {
            return;
        }
        try {
            MetricParser.require(!cut && to - from <= StatsdLimits.LINE, Reason.LENGTH);
            String line = new String(bytes, from, to - from, StandardCharsets.UTF_8);
            MetricParser.require(line.indexOf(REPLACEMENT) < 0, Reason.ENCODING);
            StatsdMeters.Refusal refusal = meters.add(MetricParser.parse(line));
            (refusal == null ? accepted : Objects.requireNonNull(dropped.get(refusal))).increment();
        } catch (MalformedLineException e) {
            Objects.requireNonNull(malformed.get(e.reason())).increment();
        }
    }
}
