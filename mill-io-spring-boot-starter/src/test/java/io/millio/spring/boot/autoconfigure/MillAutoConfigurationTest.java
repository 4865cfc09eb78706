package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.spring.boot.context.EventLoopCustomizer;
import io.millio.spring.boot.context.MillServers;
import io.millio.spring.boot.context.TcpServerCustomizer;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

@ExtendWith(OutputCaptureExtension.class)
class MillAutoConfigurationTest {
    @Test
    void withoutAnythingConfiguredThereIsARunningLoop() {
        Runners.plain().run(context -> {
            EventLoop loop = context.getBean(EventLoop.class);
            assertThat(loop.name()).isEqualTo("mill");
            assertThat(loop.dispatch()).isEqualTo(Dispatch.WORKERS);
            assertThat(loop.stats().workers().threads()).isEqualTo(4);
            assertThat(loop.stats().state()).isEqualTo(LoopStats.State.RUNNING);
            assertThat(context.getBean(MillServers.class).names()).isEmpty();
        });
    }

    @Test
    void thePropertiesReachTheLoop() {
        Runners.plain()
                .withPropertyValues(
                        "mill.event-loop.name=gateway",
                        "mill.event-loop.reactors=2",
                        "mill.event-loop.workers=3",
                        "mill.event-loop.dispatch=direct")
                .run(context -> {
                    EventLoop loop = context.getBean(EventLoop.class);
                    assertThat(loop.name()).isEqualTo("gateway");
                    assertThat(loop.dispatch()).isEqualTo(Dispatch.DIRECT);
                    assertThat(loop.stats().reactors()).hasSize(2);
                    assertThat(loop.stats().workers().threads()).isEqualTo(3);
                });
    }

    @Test
    void switchedOffNothingIsThereAndHandlersAreOrdinaryBeans() {
        Runners.echo()
                .withPropertyValues("mill.enabled=false")
                .withBean(Handlers.Echo.class)
                .run(context -> assertThat(context)
                        .doesNotHaveBean(EventLoop.class)
                        .doesNotHaveBean(MillServers.class)
                        .hasSingleBean(Handlers.Echo.class));
    }

    @Test
    void theLoopIsNoExecutorAndSpringKeepsItsOwn() {
        Runners.plain()
                .withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                .run(context -> {
                    assertThat(context).hasBean("applicationTaskExecutor").hasSingleBean(Executor.class);
                    assertThat(context).hasSingleBean(EventLoop.class);
                });
    }

    @Test
    void nothingIsOpenedBeforeTheLifecycleStarts() {
        Runners.echo()
                .withPropertyValues("mill.event-loop.name=unopened")
                .withBean(Handlers.Echo.class)
                .withBean(StateProbe.class)
                .run(context -> {
                    assertThat(context.getBean(StateProbe.class).threads).isZero();
                    assertThat(context.getBean(StateProbe.class).state).isEqualTo(LoopStats.State.NEW);
                    assertThat(threads("unopened-")).isPositive();
                });
        await().atMost(Duration.ofSeconds(10)).until(() -> threads("unopened-") == 0);
    }

    private static long threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }

    @Test
    void customizersAreCalledInTheirOrderAndHaveTheLastWord() {
        Runners.echo()
                .withPropertyValues("mill.event-loop.workers=3")
                .withUserConfiguration(Customizers.class)
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    assertThat(context.getBean(EventLoop.class)
                                    .stats()
                                    .workers()
                                    .threads())
                            .isEqualTo(6);
                    MillServers servers = context.getBean(MillServers.class);
                    assertThat(servers.server("echo").stats().maxConnections()).isEqualTo(11);
                });
    }

    @Test
    void aLoopOfTheApplicationsOwnIsUsedAndNeitherStartedNorStopped(CapturedOutput output) throws Exception {
        try (EventLoop own = EventLoop.builder().name("own").build()) {
            own.start();
            AtomicInteger port = new AtomicInteger();
            Runners.echo()
                    .withPropertyValues("mill.servers.raw.port=0", "mill.servers.raw.token=2")
                    .withBean(EventLoop.class, () -> own, definition -> definition.setDestroyMethodName(""))
                    .withBean(Handlers.Echo.class)
                    .withBean(Handlers.RawGreeter.class)
                    .run(context -> {
                        assertThat(context).hasSingleBean(EventLoop.class);
                        port.set(context.getBean(MillServers.class).port("raw"));
                        try (Client client = Client.of(context, "echo")) {
                            assertThat(client.echo("hello")).isEqualTo("hello");
                        }
                    });
            assertThat(own.stats().state()).isEqualTo(LoopStats.State.RUNNING);
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThatIOException().isThrownBy(() -> Client.of(port.get())));
            assertThat(output)
                    .contains("event loop 'own' is a bean of the application's own")
                    .contains("neither starts nor stops it")
                    .contains("Mill-IO server 'echo' drained in");
        }
    }

    @Test
    void aLoopOfTheApplicationsOwnThatIsNotStartedOpensItsServersWhenItIs(CapturedOutput output) {
        Runners.echo()
                .withBean(EventLoop.class, () -> EventLoop.builder().name("own").build())
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    EventLoop own = context.getBean(EventLoop.class);
                    assertThat(own.stats().state()).isEqualTo(LoopStats.State.NEW);
                    assertThat(output).contains("will listen when its loop, the application's own 'own', is started");
                    own.start();
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                });
    }

    /** Looks at the loop when all singletons exist. */
    static class StateProbe implements SmartInitializingSingleton {
        private final EventLoop loop;
        LoopStats.State state = LoopStats.State.CLOSED;
        long threads = -1;

        StateProbe(EventLoop loop) {
            this.loop = loop;
        }

        @Override
        public void afterSingletonsInstantiated() {
            state = loop.stats().state();
            threads = threads("unopened-");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Customizers {
        @Bean
        @Order(2)
        EventLoopCustomizer second() {
            return builder -> builder.workers(6);
        }

        @Bean
        @Order(1)
        EventLoopCustomizer first() {
            return builder -> builder.workers(5);
        }

        @Bean
        TcpServerCustomizer connections() {
            return (name, builder) -> builder.maxConnections(name.equals("echo") ? 11 : 12);
        }
    }
}
