package io.millio.sample.statsd;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MockClock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What lines become, in a registry of the kind that most will use, without a transport. */
class StatsdReceiverTest {
    private final MockClock clock = new MockClock();
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, new PrometheusRegistry(), clock);
    private final StatsdReceiver receiver = new StatsdReceiver(new StatsdMeters(registry), registry);

    private void receive(String... lines) {
        receiver.receive(ByteBuffer.wrap(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)), false);
    }

    private double counter(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    private double outcome(String outcome, String reason) {
        return counter("statsd.lines." + outcome, "reason", reason);
    }

    private @Nullable String sample(String name) {
        return registry.scrape()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElse(null);
    }

    @Test
    void countersAreScaledByTheirSampleRate() {
        receive("hits:1|c", "hits:3|c|@0.1", "hits:2|c|@0.5|#path:/x");
        assertThat(sample("statsd_hits_total")).isEqualTo("31.0");
        assertThat(sample("statsd_hits_total{path=\"/x\"}")).isEqualTo("4.0");
    }

    @Test
    void gaugesAreSetAndChangedAndOutliveTheGarbageCollector() {
        receive("depth:7|g", "depth:+3|g", "depth:-12.5|g", "level:+4|g");
        System.gc();
        assertThat(sample("statsd_depth")).isEqualTo("-2.5");
        assertThat(sample("statsd_level")).isEqualTo("4.0");
        receive("depth:0|g");
        assertThat(sample("statsd_depth")).isEqualTo("0.0");
    }

    @Test
    void timersAndDistributionsCountAsOftenAsTheirRateSays() {
        receive("took:12.5|ms|@0.1", "took:100|ms", "size:3|h|@0.5", "size:4|d");
        assertThat(sample("statsd_took_seconds_count")).isEqualTo("11");
        assertThat(sample("statsd_took_seconds_sum")).isEqualTo("0.225");
        assertThat(sample("statsd_took_seconds_max")).isEqualTo("0.1");
        assertThat(sample("statsd_size_count")).isEqualTo("3");
        assertThat(sample("statsd_size_sum")).isEqualTo("10.0");
        for (int i = 0; i < 30; i++) {
            receive("thirds:1|ms|@0.3");
        }
        assertThat(sample("statsd_thirds_seconds_count")).isEqualTo("100");
    }

    @Test
    void setsCountWhatWasDifferentInThisMinuteAndTheLast() {
        receive("users:ann|s", "users:bob|s", "users:ann|s", "users:eve|s|#x:1");
        assertThat(gauge("statsd.users")).isEqualTo(2);
        assertThat(sample("statsd_users{x=\"1\"}")).isEqualTo("1.0");
        clock.add(DistinctValues.WINDOW);
        receive("users:bob|s", "users:joe|s");
        assertThat(sample("statsd_users")).isEqualTo("3.0");
        clock.add(DistinctValues.WINDOW);
        assertThat(sample("statsd_users")).isEqualTo("2.0");
        clock.add(DistinctValues.WINDOW.multipliedBy(5));
        assertThat(sample("statsd_users")).isEqualTo("0.0");
    }

    @Test
    void setsTogetherRememberABoundedNumberOfValues() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < StatsdLimits.MEMBERS; i++) {
            lines.add((i % 2 == 0 ? "even:" : "odd:") + i + "|s");
        }
        receive(lines.toArray(String[]::new));
        receive("odd:another|s", "third:another|s", "odd:1|s");
        assertThat(gauge("statsd.odd") + gauge("statsd.even")).isEqualTo(StatsdLimits.MEMBERS);
        assertThat(outcome("dropped", "members")).isEqualTo(2);
        clock.add(DistinctValues.WINDOW.multipliedBy(2));
        assertThat(gauge("statsd.odd") + gauge("statsd.even")).isZero();
        receive("third:another|s");
        assertThat(gauge("statsd.third")).isEqualTo(1);
    }

    @Test
    void aDatagramHasSeveralLinesAndABadOneSpoilsNoOther() {
        byte[] data = "a:1|c\r\n\nbad\na:1|c\n\u00ff:1|c\na:2|c\n".getBytes(StandardCharsets.ISO_8859_1);
        receiver.receive(ByteBuffer.wrap(data), false);
        assertThat(counter("statsd.a")).isEqualTo(4);
        assertThat(counter("statsd.lines.accepted")).isEqualTo(3);
        assertThat(outcome("malformed", "format")).isEqualTo(1);
        assertThat(outcome("malformed", "encoding")).isEqualTo(1);
    }

    @Test
    void ofATruncatedDatagramTheLastLineIsNotBelieved() {
        receiver.receive(ByteBuffer.wrap("a:1|c\na:10|c".getBytes(StandardCharsets.US_ASCII)), true);
        assertThat(counter("statsd.a")).isEqualTo(1);
        receive("x".repeat(StatsdLimits.LINE + 1));
        assertThat(outcome("malformed", "length")).isEqualTo(2);
    }

    @Test
    void aNameKeepsItsTypeAndWhatItShows() {
        receive("a:1|c", "a:1|g", "a:1|ms", "a:1|s", "a.total:1|c");
        receive("t:1|ms", "t.seconds:1|g", "t.seconds.max:1|g", "t_seconds_count:1|c", "t.seconds.seconds:1|ms");
        receive("h:1|h", "h.sum:1|c", "h.max:1|g", "h:2|d");
        receive("g.count:1|g", "g:1|h", "lines.accepted:1|c", "lines.malformed:1|g", "series:1|g");
        assertThat(outcome("dropped", "name_taken")).isEqualTo(3 + 3 + 2 + 4);
        assertThat(counter("statsd.lines.accepted")).isEqualTo(2 + 2 + 2 + 1);
        assertThat(sample("statsd_a_total")).isEqualTo("2.0");
        assertThat(sample("statsd_t_seconds_count")).isEqualTo("2");
        assertThat(sample("statsd_h_sum")).isEqualTo("3.0");
        assertThat(sample("statsd_g_count")).isEqualTo("1.0");
    }

    @Test
    void oneNameMayHaveDifferentTagKeys() {
        receive("a:1|c", "a:2|c|#x:1", "a:3|c|#y:1", "a:4|c|#x:1,y:1", "a:1|ms|#le:1,quantile:2");
        receive("t:1|ms|#x:1", "t:1|ms|#y:1,z");
        assertThat(sample("statsd_a_total{x=\"1\"}")).isEqualTo("2.0");
        assertThat(sample("statsd_a_total{x=\"1\",y=\"1\"}")).isEqualTo("4.0");
        assertThat(sample("statsd_t_seconds_count{y=\"1\",z=\"true\"}")).isEqualTo("1");
        assertThat(counter("statsd.lines.accepted")).isEqualTo(6);
    }

    @Test
    void theNumberOfSeriesIsBoundedByNameAndInAll() {
        for (int i = 0; i < StatsdLimits.SERIES_OF_NAME + 5; i++) {
            receive("busy:1|c|#id:" + i);
        }
        receive("busy:1|c|#id:0");
        assertThat(outcome("dropped", "series_of_name")).isEqualTo(5);
        assertThat(counter("statsd.busy", "id", "0")).isEqualTo(2);
        for (int i = 0; i < StatsdLimits.SERIES; i++) {
            receive("n" + i + ":1|c");
        }
        assertThat(outcome("dropped", "series")).isEqualTo(StatsdLimits.SERIES_OF_NAME);
        assertThat(gauge("statsd.series")).isEqualTo(StatsdLimits.SERIES);
        assertThat(sample("statsd_series")).isEqualTo(StatsdLimits.SERIES + ".0");
    }
}
