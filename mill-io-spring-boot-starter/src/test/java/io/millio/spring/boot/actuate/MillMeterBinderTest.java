package io.millio.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millio.loop.EventLoop;
import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.DocumentedTable;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import io.millio.work.Priority;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.AbstractApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class MillMeterBinderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** The meters of the documentation, of which a row may hold several. */
    private static Set<String> documented() throws IOException {
        Set<String> meters = new TreeSet<>();
        for (List<String> row : DocumentedTable.rows("metrics.md")) {
            meters.addAll(DocumentedTable.code(row.get(0)));
        }
        return meters;
    }

    @Test
    void theMetersAreThoseOfTheDocumentationBeforeAnythingHasHappened() {
        Runners.meteredWithEverything().withBean(Handlers.Echo.class).run(context -> {
            List<Meter.Id> ids = ids(context.getBean(MeterRegistry.class));
            Set<String> found = ids.stream().map(Meter.Id::getName).collect(Collectors.toCollection(TreeSet::new));
            assertThat(found).isEqualTo(documented());
            assertThat(ids).allSatisfy(id -> assertThat(id.getDescription()).isNotBlank());
            assertThat(ids).allSatisfy(id -> assertThat(id.getBaseUnit()).isNotBlank());
        });
    }

    @Test
    void eachMeterIsTaggedByWhatItIsOfAndNothingOfAPeer() {
        Runners.meteredWithEverything().withBean(Handlers.Echo.class).run(context -> assertThat(
                        ids(context.getBean(MeterRegistry.class)))
                .allSatisfy(id -> {
                    Set<String> keys = id.getTags().stream().map(Tag::getKey).collect(Collectors.toSet());
                    assertThat(keys).containsAnyOf("loop", "pool", "server", "client", "limiter");
                    assertThat(keys)
                            .isSubsetOf(
                                    "loop",
                                    "pool",
                                    "server",
                                    "result",
                                    "state",
                                    "op",
                                    "priority",
                                    "reason",
                                    "direction",
                                    "exception",
                                    "area",
                                    "limiter",
                                    "client");
                }));
    }

    private static List<Meter.Id> ids(MeterRegistry registry) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().startsWith("mill."))
                .toList();
    }

    @Test
    void whatAConnectionDoesIsCounted() {
        Runners.metered().withBean(Handlers.Echo.class).run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            try (Client client = Client.of(context, "echo")) {
                assertThat(client.echo("hello")).isEqualTo("hello");
                assertThat(registry.get("mill.server.connections.active")
                                .tag("server", "echo")
                                .gauge()
                                .value())
                        .isEqualTo(1);
            }
            await().atMost(PATIENCE)
                    .until(() -> count(registry, "mill.server.connections.closed", "reason", "peer") == 1);
            assertThat(count(registry, "mill.server.connections", "server", "echo"))
                    .isEqualTo(1);
            assertThat(count(registry, "mill.server.bytes", "direction", "in")).isEqualTo(5);
            assertThat(count(registry, "mill.server.bytes", "direction", "out")).isEqualTo(5);
            assertThat(count(registry, "mill.server.messages", "direction", "in"))
                    .isEqualTo(1);
            assertThat(count(registry, "mill.loop.events", "op", "accept")).isEqualTo(1);
            assertThat(registry.get("mill.server.connection.duration")
                            .functionTimer()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("mill.workers.run")
                            .tag("pool", "mill")
                            .tag("priority", "none")
                            .functionTimer()
                            .count())
                    .isPositive();
            context.getBean(EventLoop.class)
                    .compute()
                    .submit(Priority.HIGH, () -> 42)
                    .result()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
            await().atMost(PATIENCE).until(() -> count(registry, "mill.workers.completed", "priority", "high") == 1);
            assertThat(registry.get("mill.workers.threads")
                            .tag("pool", "mill")
                            .tag("state", "max")
                            .gauge()
                            .value())
                    .isEqualTo(4);
            assertThat(registry.get("mill.server.connections.max").gauge().value())
                    .isEqualTo(16_384);
            assertThat(count(registry, "mill.pool.acquired", "pool", "mill")).isPositive();
            assertThat(registry.get("mill.pool.memory").gauge().value()).isPositive();
            assertThat(registry.get("mill.loop.utilization").gauge().value()).isBetween(0.0, 1.0);
        });
    }

    /** On an older JDK there are none, and no meters of them either. */
    @Test
    void virtualThreadsAreAPoolOfTheirOwn() {
        boolean there = Runtime.version().feature() >= 21;
        Runners.metered()
                .withPropertyValues("mill.servers.echo.dispatch=" + (there ? "virtual" : "workers"))
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                    assertThat(ids(registry))
                            .filteredOn(id -> "mill-virtual".equals(id.getTag("pool")))
                            .hasSize(there ? 8 : 0);
                    if (there) {
                        await().atMost(PATIENCE)
                                .until(() -> count(registry, "mill.workers.completed", "pool", "mill-virtual") > 0);
                        assertThat(count(registry, "mill.workers.completed", "pool", "mill"))
                                .isZero();
                    }
                });
    }

    @Test
    void eachRateLimitOfAServerHasItsPermits() {
        Runners.metered()
                .withPropertyValues(
                        "mill.servers.echo.rate-limit.messages-per-second=1000",
                        "mill.servers.echo.rate-limit.server-bytes-per-second=10KB")
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                    assertThat(count(registry, "mill.ratelimiter.permits", "limiter", "echo.messages"))
                            .isEqualTo(1);
                    assertThat(count(registry, "mill.ratelimiter.permits", "limiter", "echo.shared-bytes"))
                            .isEqualTo(5);
                    assertThat(registry.get("mill.ratelimiter.permits").functionCounters())
                            .as("two limits of two results")
                            .hasSize(4);
                });
    }

    private static double count(MeterRegistry registry, String name, String tag, String value) {
        return registry.get(name).tag(tag, value).functionCounters().stream()
                .mapToDouble(FunctionCounter::count)
                .sum();
    }

    @Test
    void figuresGoOnOverStopAndStart() {
        Runners.metered().withBean(Handlers.Echo.class).run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            for (int life = 1; life <= 3; life++) {
                try (Client client = Client.of(context, "echo")) {
                    assertThat(client.echo("hello")).isEqualTo("hello");
                }
                assertThat(count(registry, "mill.server.connections", "server", "echo"))
                        .isEqualTo(life);
                ((AbstractApplicationContext) context.getSourceApplicationContext()).stop();
                assertThat(count(registry, "mill.server.connections", "server", "echo"))
                        .isEqualTo(life);
                System.gc();
                ((AbstractApplicationContext) context.getSourceApplicationContext()).start();
            }
        });
    }

    @Test
    void anExceptionOfAHandlerGetsACounterOfItsOwn() {
        Runners.metered().withBean(Throwing.class).run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            assertThat(count(registry, "mill.handler.errors", "exception", "none"))
                    .isZero();
            try (Client client = Client.of(context, "echo")) {
                client.send("x").receiveAll();
            }
            await().atMost(PATIENCE).until(() -> {
                count(registry, "mill.handler.errors", "exception", "none");
                return registry.find("mill.handler.errors").functionCounters().size() == 2;
            });
            assertThat(count(registry, "mill.handler.errors", "exception", "UnsupportedOperationException"))
                    .isEqualTo(1);
            SimpleMeterRegistry late = new SimpleMeterRegistry();
            context.getBean(MillMeterBinder.class).bindTo(late);
            assertThat(count(late, "mill.handler.errors", "exception", "UnsupportedOperationException"))
                    .isEqualTo(1);
        });
    }

    @Test
    void prometheusTakesThemAll() {
        Runners.metered().withBean(Handlers.Echo.class).run(context -> {
            PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            context.getBean(MillMeterBinder.class).bindTo(prometheus);
            assertThat(prometheus.scrape())
                    .contains("mill_server_connections_total{server=\"echo\"} 0.0")
                    .contains(
                            "mill_server_connections_closed_connections_total{reason=\"write_overflow\",server=\"echo\"}")
                    .contains("mill_loop_time_seconds_total{loop=\"mill\",state=\"idle\"}")
                    .contains("mill_loop_lag_seconds{loop=\"mill\"}")
                    .contains("mill_workers_wait_seconds_count{pool=\"mill\",priority=\"none\"}")
                    .contains("mill_server_bytes_total{direction=\"in\",server=\"echo\"}");
            assertThat(ids(prometheus)).hasSameSizeAs(ids(context.getBean(MeterRegistry.class)));
        });
    }

    @Test
    void loopsAreOneWhereThatIsWanted() {
        try (EventLoop one = EventLoop.builder().name("one").build();
                EventLoop two = EventLoop.builder().name("two").workers(3).build()) {
            assertThat(loops(List.of(one, two), true)).containsExactly("one", "two");
            assertThat(loops(List.of(one, two), false)).containsExactly("all");
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            MillMeterBinder binder =
                    new MillMeterBinder(List.of(one, two), false, Map.of(), Map.of(), Map.of(), Map.of());
            binder.bindTo(registry);
            assertThat(registry.get("mill.workers.threads")
                            .tag("pool", "all")
                            .tag("state", "max")
                            .gauge()
                            .value())
                    .isEqualTo(7);
        }
    }

    private static Set<String> loops(List<EventLoop> loops, boolean perLoop) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new MillMeterBinder(loops, perLoop, Map.of(), Map.of(), Map.of(), Map.of()).bindTo(registry);
        return registry.find("mill.loop.keys").gauges().stream()
                .map(gauge -> gauge.getId().getTag("loop"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyCloseReasonHasItsCounter() {
        Runners.metered().withBean(Handlers.Echo.class).run(context -> assertThat(context.getBean(MeterRegistry.class)
                        .get("mill.server.connections.closed")
                        .functionCounters())
                .hasSameSizeAs(CloseReason.values()));
    }

    @MillHandler(server = "echo")
    static class Throwing implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            throw new UnsupportedOperationException("planted");
        }
    }
}
