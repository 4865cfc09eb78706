package io.millio.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.context.MillServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.ClassUtils;

/** Run on a class path without Actuator, Micrometer's core, health and web; see the POM. */
class StarterAloneTest {
    @Test
    void theStarterAloneBootsAndServes() throws Exception {
        assertThat(present("io.micrometer.core.instrument.MeterRegistry")).isFalse();
        assertThat(present("org.springframework.boot.actuate.endpoint.annotation.Endpoint"))
                .isFalse();
        assertThat(present("org.springframework.boot.health.contributor.Health"))
                .isFalse();
        assertThat(present("org.springframework.web.context.WebApplicationContext"))
                .isFalse();
        assertThat(present("tools.jackson.databind.json.JsonMapper")).isFalse();
        try (ConfigurableApplicationContext context = SpringApplication.run(
                Application.class,
                "--mill.observation.enabled=true",
                "--mill.servers.echo.port=0",
                "--mill.servers.echo.address=127.0.0.1",
                "--mill.servers.lines.port=0",
                "--mill.servers.lines.address=127.0.0.1",
                "--mill.servers.lines.framing.type=line")) {
            assertThat(ask(context, "lines", "you\n", 11)).isEqualTo("hello, you\n");
            assertThat(ask(context, "echo", "abc", 3)).isEqualTo("abc");
            assertThat(context.containsBean("millMeterBinder")).isFalse();
        }
    }

    private static String ask(ConfigurableApplicationContext context, String server, String text, int length)
            throws IOException {
        int port = context.getBean(MillServers.class).port(server);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
        }
    }

    private static boolean present(String type) {
        return ClassUtils.isPresent(type, null);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Echo.class, Greeter.class})
    static class Application {}

    @MillHandler(server = "echo")
    static class Echo implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }
    }

    static class Greeter {
        @MillHandler(server = "lines")
        String greet(String name) {
            return "hello, " + name;
        }
    }
}
