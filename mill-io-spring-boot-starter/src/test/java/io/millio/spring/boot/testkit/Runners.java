package io.millio.spring.boot.testkit;

import io.millio.spring.boot.autoconfigure.MillActuatorAutoConfiguration;
import io.millio.spring.boot.autoconfigure.MillAutoConfiguration;
import io.millio.spring.boot.autoconfigure.MillHealthAutoConfiguration;
import io.millio.spring.boot.autoconfigure.MillJacksonAutoConfiguration;
import io.millio.spring.boot.autoconfigure.MillMetricsAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Contexts to begin with; immutable. */
public final class Runners {
    private Runners() {}

    /** The starter's auto-configurations and nothing else. */
    public static ApplicationContextRunner plain() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        MillAutoConfiguration.class,
                        MillMetricsAutoConfiguration.class,
                        MillActuatorAutoConfiguration.class,
                        MillHealthAutoConfiguration.class));
    }

    /** With the configuration of a server "lines" on the loopback that speaks lines, and no handler; payloads are JSON. */
    public static ApplicationContextRunner lines() {
        return plain().withConfiguration(AutoConfigurations.of(MillJacksonAutoConfiguration.class))
                .withPropertyValues(
                        "mill.servers.lines.address=127.0.0.1",
                        "mill.servers.lines.port=0",
                        "mill.servers.lines.framing.type=line");
    }

    /** With the configuration of a server "echo" of token 1 on the loopback, and no handler. */
    public static ApplicationContextRunner echo() {
        return plain().withPropertyValues(
                        "mill.servers.echo.address=127.0.0.1", "mill.servers.echo.port=0", "mill.servers.echo.token=1");
    }

    /** The same with a server "datagrams" that echoes them, and a client "outside" that is never used. */
    public static ApplicationContextRunner meteredWithEverything() {
        return metered()
                .withPropertyValues(
                        "mill.servers.echo.rate-limit.messages-per-second=1000",
                        "mill.servers.datagrams.transport=udp",
                        "mill.servers.datagrams.address=127.0.0.1",
                        "mill.servers.datagrams.port=0",
                        "mill.clients.outside.address=127.0.0.1",
                        "mill.clients.outside.port=1")
                .withBean(Handlers.EchoOfDatagrams.class);
    }

    /** The same with a registry of meters. */
    public static ApplicationContextRunner metered() {
        return echo().withConfiguration(AutoConfigurations.of(
                MetricsAutoConfiguration.class,
                CompositeMeterRegistryAutoConfiguration.class,
                SimpleMetricsExportAutoConfiguration.class));
    }
}
