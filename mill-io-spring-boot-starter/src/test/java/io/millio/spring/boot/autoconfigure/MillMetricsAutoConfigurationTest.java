package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millio.spring.boot.actuate.MillMeterBinder;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class MillMetricsAutoConfigurationTest {
    @Test
    void perLoopReachesTheMeters() {
        Runners.metered()
                .withPropertyValues("mill.metrics.per-loop=false")
                .withBean(Handlers.Echo.class)
                .run(context -> assertThat(context.getBean(MeterRegistry.class)
                                .get("mill.loop.keys")
                                .gauge()
                                .getId()
                                .getTag("loop"))
                        .isEqualTo("all"));
    }

    @Test
    void withoutARegistryThereAreNoMeters() {
        Runners.echo()
                .withBean(Handlers.Echo.class)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MillMeterBinder.class));
    }

    @Test
    void withoutMicrometerThereAreNoMeters() {
        Runners.echo()
                .withClassLoader(new FilteredClassLoader(MeterRegistry.class))
                .withBean(Handlers.Echo.class)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("millMeterBinder"));
    }

    @Test
    void switchedOffThereAreNoMeters() {
        Runners.metered()
                .withPropertyValues("mill.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MillMeterBinder.class));
    }

    @Test
    void aBinderOfTheApplicationsOwnIsKept() {
        MillMeterBinder own = new MillMeterBinder(List.of(), true, Map.of(), Map.of(), Map.of(), Map.of());
        Runners.metered()
                .withBean(MillMeterBinder.class, () -> own)
                .withBean(Handlers.Echo.class)
                .run(context ->
                        assertThat(context.getBean(MillMeterBinder.class)).isSameAs(own));
    }

    @Test
    void aRegistryThatRefusesTheMetersFailsTheStartAndLeavesNothingOpen() {
        PrometheusMeterRegistry strict = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        strict.throwExceptionOnRegistrationFailure();
        strict.counter("mill.loop.keys", "of", "somebody else").increment();
        Runners.metered()
                .withPropertyValues("mill.event-loop.name=refused")
                .withBean(MeterRegistry.class, () -> strict)
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(context.getStartupFailure()).hasStackTraceContaining("'mill_loop_keys'");
                });
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("refused-"));
    }
}
