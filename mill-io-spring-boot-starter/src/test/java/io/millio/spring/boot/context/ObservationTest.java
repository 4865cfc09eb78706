package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.millio.spring.boot.annotation.MillClose;
import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.autoconfigure.MillObservationAutoConfiguration;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Runners;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class ObservationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ON = "mill.observation.enabled=true";

    private static ApplicationContextRunner with(Class<?> handler) {
        return Runners.lines()
                .withConfiguration(AutoConfigurations.of(MillObservationAutoConfiguration.class))
                .withBean(TestObservationRegistry.class, TestObservationRegistry::create)
                .withBean("handler", handler);
    }

    private static TestObservationRegistry registry(AssertableApplicationContext context) {
        return context.getBean(TestObservationRegistry.class);
    }

    /** The call that is awaited to be over, with its keys. */
    private static TestObservationRegistryAssert.TestObservationRegistryAssertReturningObservationContextAssert over(
            AssertableApplicationContext context, String method, String outcome) {
        await().atMost(PATIENCE).untilAsserted(() -> TestObservationRegistryAssert.assertThat(registry(context))
                .hasSingleObservationThat()
                .hasBeenStopped());
        return TestObservationRegistryAssert.assertThat(registry(context))
                .hasSingleObservationThat()
                .hasNameEqualTo("mill.handler.call")
                .hasContextualNameEqualTo("lines " + method)
                .hasOnlyKeys("server", "method", "outcome")
                .hasLowCardinalityKeyValue("server", "lines")
                .hasLowCardinalityKeyValue("method", method)
                .hasLowCardinalityKeyValue("outcome", outcome);
    }

    @Test
    void aCallIsObservedAndItsThreadLeftAsItWas() {
        with(Plain.class)
                .withPropertyValues(ON, "mill.servers.lines.dispatch=direct", "mill.event-loop.reactors=1")
                .run(context -> {
                    Plain plain = context.getBean(Plain.class);
                    try (Client client = Client.of(context, "lines")) {
                        assertThat(client.echo("x\n")).isEqualTo("x\n");
                        over(context, "ObservationTest.Plain.handle", "success").doesNotHaveError();
                    }
                    await().atMost(PATIENCE).until(() -> plain.current.size() == 2);
                    assertThat(plain.current.poll())
                            .as("during the call")
                            .startsWith("mill.handler.call of lines, so far unknown");
                    assertThat(plain.current.poll()).as("after it").isEqualTo("none");
                });
    }

    @Test
    void anErrorIsRecordedEvenIfAnExceptionHandlerAnswers() {
        with(Failing.class).withPropertyValues(ON).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("x\n").receive(8)).isEqualTo("handled\n");
            }
            over(context, "ObservationTest.Failing.handle", "error")
                    .hasError()
                    .thenError()
                    .isInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    void anObservationLastsUntilTheStageEnds() {
        with(Late.class).withPropertyValues(ON).run(context -> {
            Late late = context.getBean(Late.class);
            try (Client client = Client.of(context, "lines")) {
                client.send("x\n");
                await().atMost(PATIENCE).until(() -> !late.stages.isEmpty());
                TestObservationRegistryAssert.assertThat(registry(context))
                        .hasSingleObservationThat()
                        .isNotStopped();
                Objects.requireNonNull(late.stages.poll()).complete("late");
                assertThat(client.receive(5)).isEqualTo("late\n");
            }
            over(context, "ObservationTest.Late.handle", "success");
        });
    }

    @Test
    void aStageThatFailsAfterTheConnectionIsClosedStillEndsItsObservation() {
        with(Late.class).withPropertyValues(ON).run(context -> {
            Late late = context.getBean(Late.class);
            Client client = Client.of(context, "lines");
            client.send("x\n");
            await().atMost(PATIENCE).until(() -> !late.stages.isEmpty());
            context.getBean(MillServers.class)
                    .server("lines")
                    .connections()
                    .members()
                    .forEach(each -> each.abort());
            await().atMost(PATIENCE).until(() -> late.closed);
            Objects.requireNonNull(late.stages.poll()).completeExceptionally(new IllegalStateException("planted"));
            over(context, "ObservationTest.Late.handle", "error").hasError();
            client.close();
        });
    }

    @Test
    void aStageThatIsNeverMadeEndsItsObservation() {
        with(Refusing.class).withPropertyValues(ON).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("x\n").receiveAll()).isEmpty();
            }
            over(context, "ObservationTest.Refusing.handle", "error").hasError();
        });
    }

    @Test
    void whatWasCurrentBeforeACallIsItsParentAndCurrentAfterIt() {
        TestObservationRegistry registry = TestObservationRegistry.create();
        HandlerObservations observations = new HandlerObservations(registry);
        Observation parent = Observation.start("parent", registry);
        try (Observation.Scope scope = parent.openScope()) {
            CallObserver.Observed call = observations.begin("lines", "Some.method");
            assertThat(Objects.requireNonNull(registry.getCurrentObservation())
                            .getContextView()
                            .getParentObservation())
                    .isSameAs(parent);
            call.left();
            assertThat(registry.getCurrentObservation()).isSameAs(parent);
            call.ended();
        }
        parent.stop();
    }

    @Test
    void nothingIsObservedUnlessAskedFor() {
        with(Plain.class).run(context -> {
            assertThat(context).doesNotHaveBean(CallObserver.class);
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.echo("x\n")).isEqualTo("x\n");
            }
            TestObservationRegistryAssert.assertThat(registry(context)).doesNotHaveAnyObservation();
        });
    }

    @Test
    void itGoesWithTheRegistryTheLibraryAndTheRestAndBacksOff() {
        ApplicationContextRunner without = Runners.lines()
                .withConfiguration(AutoConfigurations.of(MillObservationAutoConfiguration.class))
                .withPropertyValues(ON)
                .withBean(Plain.class);
        without.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallObserver.class));
        without.withClassLoader(new FilteredClassLoader(ObservationRegistry.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallObserver.class));
        with(Plain.class)
                .withPropertyValues(ON, "mill.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallObserver.class));
        with(Plain.class)
                .withPropertyValues(ON)
                .withBean(CallObserver.class, () -> CallObserver.NONE)
                .run(context -> assertThat(context.getBean(CallObserver.class)).isSameAs(CallObserver.NONE));
    }

    @Test
    void anObservationHandlerThatFailsClosesTheConnectionAndIsCounted() {
        with(Plain.class).withPropertyValues(ON).run(context -> {
            registry(context).observationConfig().observationHandler(new Broken());
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("x\n").receiveAll()).isEmpty();
            }
            assertThat(context.getBean(MillServers.class)
                            .server("lines")
                            .stats()
                            .handlerErrors())
                    .containsEntry("UnsupportedOperationException", 1L);
        });
    }

    /** Notes what is current in its callbacks. */
    static class Plain {
        final Queue<String> current = new ConcurrentLinkedQueue<>();
        private final ObservationRegistry registry;

        Plain(@Nullable ObservationRegistry registry) {
            this.registry = registry == null ? ObservationRegistry.NOOP : registry;
        }

        @MillHandler(server = "lines")
        String handle(String line) {
            note();
            return line;
        }

        @MillClose
        void close() {
            note();
        }

        private void note() {
            Observation observation = registry.getCurrentObservation();
            if (observation == null) {
                current.add("none");
                return;
            }
            Observation.ContextView seen = observation.getContextView();
            KeyValue outcome = seen.getLowCardinalityKeyValue("outcome");
            KeyValue server = seen.getLowCardinalityKeyValue("server");
            current.add(seen.getName() + " of " + Objects.requireNonNull(server).getValue() + ", so far "
                    + Objects.requireNonNull(outcome).getValue());
        }
    }

    static class Failing {
        @MillHandler(server = "lines")
        String handle(String line) {
            throw new IllegalStateException("planted");
        }

        @MillExceptionHandler
        String handled(IllegalStateException thrown) {
            return "handled";
        }
    }

    static class Late {
        final Queue<CompletableFuture<String>> stages = new ConcurrentLinkedQueue<>();
        volatile boolean closed;

        @MillHandler(server = "lines")
        CompletableFuture<String> handle(String line) {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        }

        @MillClose
        void close() {
            closed = true;
        }
    }

    static class Refusing {
        @MillHandler(server = "lines")
        CompletableFuture<String> handle(String line) {
            throw new IllegalStateException("planted");
        }
    }

    static class Broken implements ObservationHandler<MillHandlerContext> {
        @Override
        public void onStart(MillHandlerContext context) {
            throw new UnsupportedOperationException("planted");
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return context instanceof MillHandlerContext;
        }
    }
}
