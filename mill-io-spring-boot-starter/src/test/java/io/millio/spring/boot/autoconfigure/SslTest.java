package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** TLS is not there yet; whoever asks for it is told, and never served plain text. */
@ExtendWith(OutputCaptureExtension.class)
class SslTest {
    private static ApplicationContextRunner withBundles() {
        return Runners.echo()
                .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
                .withPropertyValues(
                        "spring.ssl.bundle.pem.web.truststore.certificate=classpath:web.crt",
                        "spring.ssl.bundle.pem.inner.truststore.certificate=classpath:inner.crt",
                        "mill.clients.prices.address=127.0.0.1",
                        "mill.clients.prices.port=1")
                .withBean(Handlers.Echo.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mill.servers.echo.ssl.bundle", "mill.clients.prices.ssl.bundle"})
    void anUnknownBundleIsNamedWithTheKnownOnes(String property) {
        FailureAnalysis failure = Failures.of(withBundles().withPropertyValues(property + "=wbe"));
        assertThat(failure.getDescription())
                .contains("'wbe'", "'" + property + "'", "known are 'inner', 'web'.", "Mill-IO has no TLS yet");
        assertThat(failure.getCause()).isNotInstanceOf(NoSuchSslBundleException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mill.servers.echo.ssl.bundle", "mill.clients.prices.ssl.bundle"})
    void aKnownBundleIsRefusedAsLongAsThereIsNoTls(String property) {
        FailureAnalysis failure = Failures.of(withBundles().withPropertyValues(property + "=web"));
        assertThat(failure.getDescription())
                .isEqualTo(property + " is 'web', but Mill-IO has no TLS yet, and plain text is not sent where TLS was"
                        + " asked for.");
        assertThat(failure.getAction())
                .startsWith("Remove " + property + ", and ")
                .contains("proxy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", ""})
    void withoutAnyBundleTheTextSaysSo(String value) {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.ssl.bundle=" + value)
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription())
                .contains("'mill.servers.echo.ssl.bundle'", "none is configured below spring.ssl.bundle");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix", "udp"})
    void noTransportServesPlainTextInPlaceOfTls(String transport) {
        FailureAnalysis failure = Failures.of(Runners.plain()
                .withPropertyValues(
                        "mill.servers.echo.transport=" + transport,
                        transport.equals("unix")
                                ? "mill.servers.echo.path=/no/such/socket"
                                : "mill.servers.echo.port=0",
                        "mill.servers.echo.ssl.bundle=web")
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription()).contains("'mill.servers.echo.ssl.bundle'");
    }
}
