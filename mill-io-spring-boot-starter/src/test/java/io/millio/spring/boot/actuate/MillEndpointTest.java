package io.millio.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import io.millio.loop.EventLoop;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import io.millio.work.Priority;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
class MillEndpointTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static ApplicationContextRunner exposed() {
        return Runners.echo()
                .withPropertyValues("management.endpoints.web.exposure.include=mill")
                .withBean(Handlers.Echo.class);
    }

    private static MillEndpoint.ConnectionPage page(
            AssertableApplicationContext context, Integer page, Integer size, ConnectionOrder sort, Boolean down) {
        return Objects.requireNonNull(context.getBean(MillEndpoint.class).connections("echo", page, size, sort, down));
    }

    @Test
    void itIsNotThereUnlessItIsExposed() {
        Runners.echo().withBean(Handlers.Echo.class).run(context -> assertThat(context)
                .doesNotHaveBean(MillEndpoint.class)
                .hasSingleBean(MillInfoContributor.class));
    }

    @Test
    void itBacksOffAndGoesWithTheRest() {
        MillEndpoint own = new MillEndpoint(new Observed(List.of(), List.of(), Map.of(), List::of));
        exposed()
                .withBean("own", MillEndpoint.class, () -> own)
                .run(context -> assertThat(context.getBean(MillEndpoint.class)).isSameAs(own));
        exposed().withPropertyValues("mill.enabled=false").run(context -> assertThat(context)
                .doesNotHaveBean(MillEndpoint.class)
                .doesNotHaveBean(MillInfoContributor.class));
        exposed()
                .withPropertyValues("management.info.mill.enabled=false", "management.endpoint.mill.access=NONE")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(MillEndpoint.class)
                        .doesNotHaveBean(MillInfoContributor.class));
        exposed()
                .withClassLoader(
                        new FilteredClassLoader(org.springframework.boot.actuate.endpoint.annotation.Endpoint.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("millEndpoint"));
    }

    @Test
    void anAccessThatThereIsNotFailsTheStart() {
        exposed()
                .withPropertyValues("management.endpoint.mill.access=sideways")
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining("sideways"));
    }

    @Test
    void theOverviewShowsLoopsServersAndBuffers() {
        exposed()
                .withPropertyValues("mill.servers.raw.port=0", "mill.servers.raw.token=2")
                .withBean(Handlers.RawGreeter.class)
                .run(context -> {
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                        MillEndpoint.Overview overview =
                                context.getBean(MillEndpoint.class).overview();
                        assertThat(overview.loops()).containsOnlyKeys("mill");
                        assertThat(overview.servers()).containsOnlyKeys("echo", "raw");
                        MillEndpoint.ServerState echo = overview.servers().get("echo");
                        assertThat(echo.listening()).isTrue();
                        assertThat(echo.address()).startsWith("tcp 127.0.0.1:");
                        assertThat(Objects.requireNonNull(echo.stats()).active())
                                .isEqualTo(1);
                        assertThat(overview.servers().get("raw").stats()).isNull();
                        assertThat(Objects.requireNonNull(overview.buffers()).acquired())
                                .isPositive();
                    }
                });
    }

    @Test
    void theOverviewIsJsonWithComputationsTimersDatagramsAndClients() {
        Runners.meteredWithEverything()
                .withPropertyValues("management.endpoints.web.exposure.include=mill", "mill.compute.threads=3")
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    EventLoop loop = context.getBean(EventLoop.class);
                    loop.compute()
                            .submit(Priority.HIGH, () -> 42)
                            .result()
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS);
                    CountDownLatch fired = new CountDownLatch(1);
                    loop.schedule(Duration.ofMillis(1), fired::countDown);
                    assertThat(fired.await(20, TimeUnit.SECONDS)).isTrue();
                    loop.schedule(Duration.ofHours(1), () -> {});
                    await().atMost(PATIENCE).untilAsserted(() -> {
                        DocumentContext json = JsonPath.parse(JsonMapper.shared()
                                .writeValueAsString(
                                        context.getBean(MillEndpoint.class).overview()));
                        assertThat(json.<Integer>read("$.compute.mill.threads")).isEqualTo(3);
                        assertThat(json.<Integer>read("$.compute.mill.priorities.HIGH.completed"))
                                .isEqualTo(1);
                        assertThat(json.<List<Integer>>read("$.loops.mill.reactors[*].timersPending"))
                                .contains(1);
                        assertThat(json.<List<Integer>>read("$.loops.mill.reactors[?(@.timersFired > 0)].timersFired"))
                                .isNotEmpty();
                        assertThat(json.<List<Object>>read("$.loops.mill.reactors[*].timerLateness"))
                                .isNotEmpty();
                        assertThat(json.<Integer>read("$.servers.datagrams.datagrams.datagramsIn"))
                                .isZero();
                        assertThat(json.<Integer>read("$.clients.outside.max")).isEqualTo(10);
                        assertThat(json.<Object>read("$.loops.mill.virtual"))
                                .as("virtual threads on JDK %s", Runtime.version())
                                .matches(virtual ->
                                        (virtual != null) == (Runtime.version().feature() >= 21));
                    });
                });
    }

    @Test
    void connectionsAreSortedAndPaged() {
        exposed().run(context -> {
            try (Client one = Client.of(context, "echo");
                    Client two = Client.of(context, "echo");
                    Client three = Client.of(context, "echo")) {
                one.echo("aa");
                two.echo("aaa");
                three.echo("a");
                assertThat(page(context, null, null, ConnectionOrder.BYTES_IN, null)
                                .connections())
                        .extracting(ConnectionState::bytesIn)
                        .containsExactly(1L, 2L, 3L);
                MillEndpoint.ConnectionPage second = page(context, 1, 2, ConnectionOrder.BYTES_IN, true);
                assertThat(second.total()).isEqualTo(3);
                assertThat(second.connections())
                        .extracting(ConnectionState::bytesIn)
                        .containsExactly(1L);
                assertThat(page(context, 5, 2, null, null).connections()).isEmpty();
                for (ConnectionOrder order : ConnectionOrder.values()) {
                    assertThat(page(context, null, null, order, true).connections())
                            .as(order.name())
                            .hasSize(3);
                }
            }
            assertThat(context.getBean(MillEndpoint.class).connections("ecko", null, null, null, null))
                    .isNull();
            assertThatThrownBy(() -> page(context, -1, null, null, null))
                    .isInstanceOf(InvalidEndpointRequestException.class)
                    .hasMessage("page is -1, must be 0 to 2147483647");
            assertThatThrownBy(() -> page(context, null, 1_001, null, null)).hasMessageContaining("1 to 1000");
        });
    }

    @Test
    void aPausedServerLetsNobodyInUntilItIsResumed() {
        exposed().run(context -> {
            MillEndpoint endpoint = context.getBean(MillEndpoint.class);
            endpoint.accept("echo", false);
            await().atMost(PATIENCE)
                    .until(() -> endpoint.overview().servers().get("echo").acceptingPaused());
            try (Client waiting = Client.of(context, "echo")) {
                waiting.send("x");
                assertThat(page(context, null, null, null, null).total()).isZero();
                endpoint.accept("echo", true);
                assertThat(waiting.receive(1)).isEqualTo("x");
            }
            assertThatThrownBy(() -> endpoint.accept("ecko", true))
                    .isInstanceOf(InvalidEndpointRequestException.class)
                    .hasMessage("there is no TCP server 'ecko'; known are [echo]");
        });
    }

    @Test
    void oneConnectionIsClosedOrThoseThatAreIdle() {
        exposed().run(context -> {
            MillEndpoint endpoint = context.getBean(MillEndpoint.class);
            try (Client one = Client.of(context, "echo");
                    Client two = Client.of(context, "echo")) {
                one.echo("a");
                two.echo("aa");
                long id = page(context, null, null, ConnectionOrder.BYTES_IN, null)
                        .connections()
                        .get(0)
                        .id();
                assertThat(endpoint.close("echo", id).closed()).isEqualTo(1);
                assertThat(one.receiveAll()).isEmpty();
                assertThat(two.echo("still here")).isEqualTo("still here");
                assertThat(endpoint.closeIdle("echo", Duration.ofHours(1)).closed())
                        .isZero();
                assertThat(endpoint.closeIdle("echo", Duration.ZERO).closed()).isPositive();
                assertThat(two.receiveAll()).isEmpty();
                assertThatThrownBy(() -> endpoint.close("echo", -1))
                        .isInstanceOf(InvalidEndpointRequestException.class)
                        .hasMessage("server 'echo' has no connection -1 now");
            }
        });
    }

    @Test
    void infoShowsWhereServersListen() {
        exposed().run(context -> {
            Info.Builder builder = new Info.Builder();
            context.getBean(MillInfoContributor.class).contribute(builder);
            assertThat(builder.build().get("mill").toString()).contains("loops=[mill]", "echo=tcp 127.0.0.1:");
        });
    }
}
