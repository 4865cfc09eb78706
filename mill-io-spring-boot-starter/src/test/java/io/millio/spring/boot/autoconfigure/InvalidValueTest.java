package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class InvalidValueTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mill.event-loop.name             |''      | 1 to 128 characters",
                "mill.event-loop.reactors         | 0      | between 1 and 256",
                "mill.event-loop.workers          | 0      | between 1 and 4096",
                "mill.event-loop.event-capacity   | 0      | between 1 and 65536",
                "mill.event-loop.poll-timeout     | -1ms   | must not be negative",
                "mill.event-loop.stall-threshold  | -1ms   | must not be negative",
                "mill.compute.threads             | 0      | between 1 and 4096",
                "mill.compute.queue-capacity      | 0      | between 1 and 4194304",
                "mill.event-loop.worker-queue     | 0      | between 1 and",
                "mill.shutdown.timeout            | -1s    | must not be negative",
                "mill.shutdown.pre-drain-delay    | -1s    | must not be negative",
                "mill.shutdown.pre-drain-delay    | 30s    | leaves no time for a drain",
                "mill.health.stall-bound          | -1s    | must not be negative",
                "mill.servers.echo.token          | -5     | 0 or greater",
                "mill.servers.echo.address        | no-such-host.invalid | cannot be resolved",
                "mill.servers.echo.port           | 70000  | between 0 and 65535",
                "mill.servers.echo.port           | -1     | between 0 and 65535",
                "mill.servers.echo.backlog        | 0      | between 1 and 65535",
                "mill.servers.echo.max-connections| 0      | between 1 and",
                "mill.servers.echo.max-connections-per-address | -1 | between 0 and",
                "mill.servers.echo.accept-rate    | -1     | between 0 and",
                "mill.servers.echo.rate-limit.messages-per-second | -1 | between 0 and",
                "mill.servers.echo.rate-limit.bytes-per-second | 2GB | between 0 and",
                "mill.servers.echo.rate-limit.server-messages-per-second | -1 | between 0 and",
                "mill.servers.echo.rate-limit.server-bytes-per-second | -1B | between 0 and",
                "mill.servers.echo.rate-limit.burst | 2h | between 0 and",
                "mill.servers.echo.rate-limit.burst | 2s | needs one of the limits",
                "mill.servers.echo.idle-timeout   | -1s    | must not be negative",
                "mill.servers.echo.read-idle-timeout  | -1s | must not be negative",
                "mill.servers.echo.write-idle-timeout | -1s | must not be negative",
                "mill.servers.echo.stall-timeout  | -1s    | must not be negative",
                "mill.servers.echo.first-byte-timeout | -1s | must not be negative",
                "mill.servers.echo.max-age        | -1s    | must not be negative",
                "mill.servers.echo.max-age-jitter | 1s     | needs mill.servers.echo.max-age",
                "mill.servers.echo.framing.max-frame | 1KB | no option",
                "mill.servers.echo.framing.size   | 8B     | for framing type fixed only",
                "mill.servers.echo.framing.delimiter | ;   | for framing type delimiter only",
                "mill.servers.echo.framing.length-bytes | 4 | for framing type length only",
                "mill.servers.echo.framing.type   | fixed  | also needs mill.servers.echo.framing.size",
                "mill.servers.echo.framing.type   | delimiter | also needs mill.servers.echo.framing.delimiter",
                "mill.servers.echo.write-buffer.low  | 1MB | above mill.servers.echo.write-buffer.high",
                "mill.servers.echo.write-buffer.high | 8MB | above mill.servers.echo.write-buffer.cap",
                "mill.servers.echo.write-buffer.high | 1KB | below mill.servers.echo.write-buffer.low",
                "mill.servers.echo.write-buffer.high | 0B  | at least one byte",
                "mill.servers.echo.write-buffer.cap  | 1KB | below mill.servers.echo.write-buffer.high",
                "mill.servers.echo.write-buffer.cap  | 3GB | between 0 and 2147483647 bytes",
                "mill.servers.echo.socket.keep-idle  | 0s  | between 1 and",
                "mill.servers.echo.socket.keep-interval | 0s | between 1 and",
                "mill.servers.echo.socket.keep-count | 0   | between 1 and 127",
                "mill.servers.echo.socket.send-buffer | 0B | between 1 and",
                "mill.servers.echo.socket.receive-buffer | 0B | between 1 and",
                "mill.servers.echo.socket.linger  | -1s    | must not be negative",
            })
    void anInvalidValueIsNamedWithItsPropertyAndTheReason(String property, String value, String reason) {
        FailureAnalysis failure = Failures.of(
                Runners.echo().withPropertyValues(property + "=" + value).withBean(Handlers.Echo.class));
        assertThat(failure.getDescription()).contains("'" + property + "'").contains(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "line   | max-frame         | 0B    | maxFrame",
                "line   | byte-order        | little-endian | no option",
                "line   | length-adjustment | 2     | no option",
                "fixed  | strip             | false | no option",
                "fixed  | size              | 0B    | size",
                "length | length-bytes      | 5     | 1, 2, 3, 4 or 8",
                "length | length-adjustment | 70000 | 65535",
                "length | max-frame         | 3MB   | at least twice the greatest frame",
                "delimiter | delimiter      | \\q   | escape",
            })
    void anInvalidKeyOfAFramingIsNamedWithTheReason(String type, String key, String value, String reason) {
        String property = "mill.servers.echo.framing." + key;
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.framing.type=" + type)
                .withPropertyValues(type.equals("fixed") ? "mill.servers.echo.framing.size=8B" : "unrelated=")
                .withPropertyValues(property + "=" + value)
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription()).contains("'" + property + "'").containsIgnoringCase(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mill.event-loop.dispatch=virtual",
                "mill.servers.echo.dispatch=virtual",
                "mill.compute.virtual=true"
            })
    void virtualThreadsAreThereOrTheTextNamesTheJdkThatHasThem(String setting) {
        ApplicationContextRunner runner =
                Runners.echo().withPropertyValues(setting).withBean(Handlers.Echo.class);
        if (Runtime.version().feature() >= 21) {
            runner.run(context -> assertThat(context).hasNotFailed());
        } else {
            assertThat(Failures.of(runner).getDescription())
                    .contains("'" + setting.substring(0, setting.indexOf('=')) + "'", "JDK has from 21 on");
        }
    }

    @Test
    void aCapBelowTwiceTheLargestFrameIsNamedWhereItWasSet() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.framing.type=line", "mill.servers.echo.write-buffer.cap=1MB")
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription())
                .contains("'mill.servers.echo.write-buffer.cap'", "at least twice the greatest frame");
    }

    @Test
    void aTokenOfTwoServersIsNamedWithBoth() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.late.port=0", "mill.servers.late.token=1")
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription()).contains("'mill.servers.late.token'", "the token of server 'echo' too");
    }

    @Test
    void aValueOfTheWrongKindIsNamedByBoot() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.dispatch=sideways")
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription()).contains("mill.servers.echo.dispatch", "sideways");
        assertThat(failure.getAction()).contains("DIRECT", "WORKERS");
    }
}
