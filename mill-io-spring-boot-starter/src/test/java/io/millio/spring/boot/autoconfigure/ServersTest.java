package io.millio.spring.boot.autoconfigure;

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
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class ServersTest {
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(MillAutoConfiguration.class, MillMetricsAutoConfiguration.class));

    @Test
    void anAnnotatedBeanAnswersOnThePortThatTheSystemChose() {
        runner.withPropertyValues(
                        "mill.servers.echo.port=0", "mill.servers.echo.address=127.0.0.1", "mill.servers.echo.token=1")
                .withBean(Echo.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    int port = context.getBean(MillServers.class).port("echo");
                    assertThat(ask(port, "hello")).isEqualTo("hello");
                });
    }

    private static String ask(int port, String text) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII);
        }
    }

    @MillHandler(token = 1)
    static class Echo implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }
    }
}
