package io.millio.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.autoconfigure.MillObservationAutoConfiguration;
import io.millio.spring.boot.context.MillServers;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.DocumentedTable;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a scrape shows, by the registry that most will use. */
@ExtendWith(OutputCaptureExtension.class)
class PrometheusTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern SAMPLE = Pattern.compile("^(mill_[a-z_]+)(\\{[^}]*})? ");

    private static ApplicationContextRunner scraped() {
        return Runners.meteredWithEverything()
                .withBean(PrometheusMeterRegistry.class, () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
                .withBean(Handlers.Echo.class);
    }

    /** The names in the documentation as Prometheus has them, without unit and kind at the end. */
    private static Map<String, String> documented() throws IOException {
        NamingConvention convention = new PrometheusNamingConvention();
        Map<String, String> names = new TreeMap<>();
        DocumentedTable.rows("metrics.md").forEach(row -> DocumentedTable.code(row.get(0))
                .forEach(name -> names.put(convention.name(name, Meter.Type.OTHER), name)));
        return names;
    }

    private static Set<String> samples(String scrape) {
        return scrape.lines()
                .map(SAMPLE::matcher)
                .filter(Matcher::find)
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void aScrapeShowsTheDocumentedMetersAndNothingElse() {
        scraped().run(context -> {
            Map<String, String> documented = documented();
            Set<String> unseen = new TreeSet<>(documented.keySet());
            Set<String> samples =
                    samples(context.getBean(PrometheusMeterRegistry.class).scrape());
            for (String sample : samples) {
                String longest = documented.keySet().stream()
                        .filter(name -> sample.equals(name) || sample.startsWith(name + '_'))
                        .max(Comparator.comparingInt(String::length))
                        .orElseThrow(() -> new AssertionError(sample + " is not documented"));
                unseen.remove(longest);
            }
            assertThat(unseen).as("documented and not scraped").isEmpty();
            assertThat(samples).hasSizeGreaterThanOrEqualTo(documented.size());
        });
    }

    /** Every series that the dashboard asks for is one that a scrape shows, with the labels that it sums by. */
    @Test
    void theDashboardUsesPublishedMetersOnly() throws IOException {
        String dashboard = Files.readString(Path.of("..", "docs", "grafana", "mill-io.json"));
        List<String> expressions = JsonPath.read(dashboard, "$.panels[*].targets[*].expr");
        assertThat(expressions).hasSizeGreaterThan(20);
        scraped().run(context -> {
            Map<String, String> series = new TreeMap<>();
            context.getBean(PrometheusMeterRegistry.class)
                    .scrape()
                    .lines()
                    .map(SAMPLE::matcher)
                    .filter(Matcher::find)
                    .forEach(match -> series.put(match.group(1), String.valueOf(match.group(2))));
            for (String expression : expressions) {
                Matcher used = Pattern.compile("by \\(([a-z, ]+)\\) \\((?:rate\\()?(mill_[a-z_]+)")
                        .matcher(expression);
                int found = 0;
                while (used.find()) {
                    found++;
                    assertThat(series).as(expression).containsKey(used.group(2));
                    for (String label : used.group(1).split(", ")) {
                        assertThat(series.get(used.group(2))).as(expression).contains(label + "=");
                    }
                }
                assertThat(expression.split("mill_", -1)).as(expression).hasSize(found + 1);
            }
        });
    }

    @Test
    void aThousandPeersAddNoSeries() {
        scraped().withPropertyValues("mill.servers.echo.dispatch=direct").run(context -> {
            PrometheusMeterRegistry registry = context.getBean(PrometheusMeterRegistry.class);
            talk(context.getBean(MillServers.class).port("echo"), 1);
            long meters = registry.getMeters().size();
            long lines = registry.scrape().lines().count();
            talk(context.getBean(MillServers.class).port("echo"), 999);
            await().atMost(PATIENCE)
                    .until(() -> registry.scrape().contains("mill_server_connections_total{server=\"echo\"} 1000.0"));
            assertThat(registry.getMeters()).hasSize((int) meters);
            assertThat(registry.scrape().lines().count()).isEqualTo(lines);
        });
    }

    /** Named in the documentation beside the tables, for they are there only if they are wanted. */
    @Test
    void observedCallsAreTimedByServerMethodAndOutcome() throws IOException {
        assertThat(Files.readString(Path.of("..", "docs", "metrics.md")))
                .contains(
                        "`mill.handler.call`", "`mill.handler.call.active`", "`server`, `method`, `outcome`, `error`");
        Runners.lines()
                .withConfiguration(AutoConfigurations.of(
                        MetricsAutoConfiguration.class,
                        CompositeMeterRegistryAutoConfiguration.class,
                        SimpleMetricsExportAutoConfiguration.class,
                        ObservationAutoConfiguration.class,
                        MillObservationAutoConfiguration.class))
                .withPropertyValues("mill.observation.enabled=true")
                .withBean(PrometheusMeterRegistry.class, () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
                .withBean(Same.class)
                .run(context -> {
                    try (Client client = Client.of(context, "lines")) {
                        assertThat(client.echo("x\n")).isEqualTo("x\n");
                    }
                    PrometheusMeterRegistry registry = context.getBean(PrometheusMeterRegistry.class);
                    String tags =
                            "error=\"none\",method=\"PrometheusTest.Same.same\",outcome=\"success\",server=\"lines\"";
                    await().atMost(PATIENCE)
                            .until(() -> registry.scrape().contains("mill_handler_call_seconds_count{" + tags + "} 1"));
                    assertThat(registry.scrape())
                            .contains("mill_handler_call_active_seconds_count{method=\"PrometheusTest.Same.same\","
                                    + "outcome=\"unknown\",server=\"lines\"} 0");
                });
    }

    static class Same {
        @MillHandler(server = "lines")
        String same(String line) {
            return line;
        }
    }

    private static void talk(int port, int peers) throws IOException {
        for (int i = 0; i < peers; i++) {
            try (Client client = Client.of(port)) {
                assertThat(client.echo("x")).isEqualTo("x");
            }
        }
    }
}
