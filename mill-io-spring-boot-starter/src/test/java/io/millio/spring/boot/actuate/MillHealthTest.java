package io.millio.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millio.loop.EventLoop;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.AbstractApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class MillHealthTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static Health health(AssertableApplicationContext context, String group, String name) {
        CompositeHealthContributor all = context.getBean("millHealthContributor", CompositeHealthContributor.class);
        CompositeHealthContributor part =
                (CompositeHealthContributor) Objects.requireNonNull(all.getContributor(group));
        return Objects.requireNonNull(((HealthIndicator) part.getContributor(name)).health());
    }

    private static AbstractApplicationContext source(AssertableApplicationContext context) {
        return (AbstractApplicationContext) context.getSourceApplicationContext();
    }

    @Test
    void loopsAndServersAreUpAndEachIsNamed() {
        Runners.echo()
                .withPropertyValues(
                        "mill.servers.second.address=127.0.0.1",
                        "mill.servers.second.port=0",
                        "mill.servers.second.token=2")
                .withBean(Handlers.Echo.class)
                .withBean(Second.class)
                .run(context -> {
                    assertThat(health(context, "loops", "mill").getStatus()).isEqualTo(Status.UP);
                    Health echo = health(context, "servers", "echo");
                    assertThat(echo.getStatus()).isEqualTo(Status.UP);
                    assertThat(echo.getDetails())
                            .containsEntry("connections", 0)
                            .containsEntry("maxConnections", 16_384)
                            .containsEntry("acceptingPaused", false);
                    assertThat(health(context, "servers", "second").getStatus()).isEqualTo(Status.UP);
                });
    }

    @Test
    void withoutServersThereAreLoopsOnly() {
        Runners.plain().run(context -> {
            assertThat(health(context, "loops", "mill").getStatus()).isEqualTo(Status.UP);
            assertThat(context.getBean("millHealthContributor", CompositeHealthContributor.class)
                            .getContributor("servers"))
                    .isNull();
        });
    }

    @Test
    void itBacksOffAndGoesWithTheRest() {
        Runners.plain()
                .withPropertyValues("management.health.mill.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("millHealthContributor"));
        Runners.plain().withPropertyValues("mill.enabled=false").run(context -> assertThat(context)
                .doesNotHaveBean("millHealthContributor"));
        Runners.plain()
                .withBean(
                        "millHealthIndicator",
                        HealthIndicator.class,
                        () -> () -> Health.up().build())
                .run(context -> assertThat(context).doesNotHaveBean("millHealthContributor"));
        Runners.plain()
                .withClassLoader(new FilteredClassLoader(CompositeHealthContributor.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("millHealthContributor"));
    }

    @Test
    void aReactorThatIsHeldUpForLongerThanTheBoundIsDownAndComesBack() {
        Runners.plain().withPropertyValues("mill.health.stall-bound=100ms").run(context -> {
            CountDownLatch goOn = new CountDownLatch(1);
            context.getBean(EventLoop.class).execute(() -> {
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            await().atMost(PATIENCE)
                    .until(() -> health(context, "loops", "mill").getStatus().equals(Status.DOWN));
            assertThat(health(context, "loops", "mill").getDetails()).containsKeys("blockedReactors", "blockedFor");
            goOn.countDown();
            await().atMost(PATIENCE)
                    .until(() -> health(context, "loops", "mill").getStatus().equals(Status.UP));
        });
    }

    @Test
    void theLoopsAloneCanBeAskedForWhetherTheProcessLives() {
        Runners.echo()
                .withConfiguration(AutoConfigurations.of(
                        HealthContributorRegistryAutoConfiguration.class, HealthEndpointAutoConfiguration.class))
                .withPropertyValues(
                        "management.endpoint.health.group.liveness.include=mill/loops",
                        "management.endpoint.health.group.liveness.show-components=always")
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    CompositeHealthDescriptor liveness = (CompositeHealthDescriptor)
                            context.getBean(HealthEndpoint.class).healthForPath("liveness");
                    assertThat(liveness.getStatus()).isEqualTo(Status.UP);
                    CompositeHealthDescriptor mill =
                            (CompositeHealthDescriptor) liveness.getComponents().get("mill");
                    assertThat(mill.getComponents()).containsOnlyKeys("loops");
                });
    }

    @Test
    void aStoppedContextIsOutOfService() {
        Runners.echo().withBean(Handlers.Echo.class).run(context -> {
            source(context).stop();
            assertThat(health(context, "loops", "mill").getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            assertThat(health(context, "servers", "echo").getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            source(context).start();
            assertThat(health(context, "servers", "echo").getStatus()).isEqualTo(Status.UP);
        });
    }

    @Test
    void readinessIsRefusedFromTheBeginningOfADrainAndTheDrainWaitsForTheDelay() {
        Runners.echo()
                .withPropertyValues("mill.shutdown.pre-drain-delay=300ms")
                .withBean(ApplicationAvailabilityBean.class)
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
                    AvailabilityChangeEvent.publish(source(context), ReadinessState.ACCEPTING_TRAFFIC);
                    long start = System.nanoTime();
                    CompletableFuture<Void> stopping =
                            CompletableFuture.runAsync(() -> source(context).stop());
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(2))
                            .until(() -> availability.getReadinessState() == ReadinessState.REFUSING_TRAFFIC);
                    boolean listened =
                            health(context, "servers", "echo").getStatus().equals(Status.UP);
                    long looked = System.nanoTime() - start;
                    assertThat(listened || looked >= Duration.ofMillis(300).toNanos())
                            .as("still listening %s ns after the beginning", looked)
                            .isTrue();
                    stopping.get(20, TimeUnit.SECONDS);
                    assertThat(Duration.ofNanos(System.nanoTime() - start))
                            .as("or the phase was given up after its 10 s")
                            .isBetween(Duration.ofMillis(300), Duration.ofSeconds(9));
                    source(context).start();
                    assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
                });
    }

    @Test
    void whatSomebodyElseHasRefusedStaysRefused() {
        Runners.plain().withBean(ApplicationAvailabilityBean.class).run(context -> {
            AvailabilityChangeEvent.publish(source(context), ReadinessState.REFUSING_TRAFFIC);
            source(context).stop();
            source(context).start();
            assertThat(context.getBean(ApplicationAvailability.class).getReadinessState())
                    .isEqualTo(ReadinessState.REFUSING_TRAFFIC);
        });
    }

    @MillHandler(server = "second")
    static class Second extends Handlers.Echo {}
}
