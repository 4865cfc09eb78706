package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

@ExtendWith(OutputCaptureExtension.class)
class UnknownKeysTest {
    @Test
    void aMistypedKeyIsWarnedOfWithTheNearestOnes(CapturedOutput output) {
        Runners.echo()
                .withPropertyValues(
                        "mill.servers.echo.idle-timeot=1s", "mill.event-loop.worker=2", "mill.server.echo.port=1")
                .withBean(Handlers.Echo.class)
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output)
                .contains("Unknown property mill.servers.echo.idle-timeot")
                .contains("nearest known ones are mill.servers.echo.idle-timeout, ")
                .contains("Unknown property mill.event-loop.worker")
                .contains("nearest known ones are mill.event-loop.workers, ")
                .contains("Unknown property mill.server.echo.port");
    }

    @Test
    void theNearestOfAServersKeysHasTheServersName() {
        assertThat(UnknownKeys.nearest("mill.servers.echo.prot")).startsWith("mill.servers.echo.port");
        assertThat(UnknownKeys.nearest("mill.servers.x.frame.type")).startsWith("mill.servers.x.framing.type");
    }

    @Test
    void knownKeysAreNotWarnedOf(CapturedOutput output) {
        Runners.echo()
                .withPropertyValues(
                        "mill.servers.echo.framing.type=line",
                        "mill.servers.echo.framing.max-frame=2KB",
                        "mill.servers.echo.write-buffer.high=128KB",
                        "mill.servers.echo.socket.no-delay=false",
                        "mill.eventLoop.pollTimeout=50",
                        "mill.shutdown.timeout=2s",
                        "mill.metrics.per-loop=false",
                        "mill.enabled=true",
                        "unrelated.key=1")
                .withBean(Handlers.Echo.class)
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output).doesNotContain("Unknown property");
    }

    @Test
    void environmentVariablesAreLeftAlone(CapturedOutput output) {
        Runners.plain()
                .withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .replace(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                new SystemEnvironmentPropertySource(
                                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                        Map.of("MILL_HOME", "/opt/mill", "MILL_EVENTLOOP_WORKERS", "2"))))
                .run(context -> assertThat(context.getBean(MillProperties.class)
                                .eventLoop()
                                .workers())
                        .isEqualTo(2));
        assertThat(output).doesNotContain("Unknown property");
    }
}
