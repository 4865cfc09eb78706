package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.context.JacksonPayloadConverter;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Runners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
class MillJacksonAutoConfigurationTest {
    @Test
    void theMapperOfTheApplicationIsUsed() {
        JsonMapper snake = JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .build();
        Runners.lines()
                .withBean(JsonMapper.class, () -> snake)
                .withBean(Json.class)
                .run(context -> {
                    try (Client client = Client.of(context, "lines")) {
                        assertThat(client.echo("{\"first_name\":\"Ada\"}\n")).isEqualTo("{\"first_name\":\"Ada\"}\n");
                    }
                });
    }

    @Test
    void withoutAMapperOfTheApplicationJacksonsOwnIsUsed() {
        Runners.lines().withBean(Json.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.echo("{\"firstName\":\"Ada\"}\n")).isEqualTo("{\"firstName\":\"Ada\"}\n");
            }
        });
    }

    @Test
    void aConverterOfTheApplicationsOwnIsKept() {
        JacksonPayloadConverter own = new JacksonPayloadConverter(JsonMapper.shared());
        Runners.lines()
                .withBean("own", JacksonPayloadConverter.class, () -> own)
                .withBean(Json.class)
                .run(context -> assertThat(context.getBean(JacksonPayloadConverter.class))
                        .isSameAs(own));
    }

    @Test
    void withoutJacksonThereIsNone() {
        Runners.lines()
                .withClassLoader(new FilteredClassLoader(JsonMapper.class))
                .withBean(Text.class)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("millJacksonPayloadConverter"));
    }

    @Test
    void withoutJacksonAPayloadFailsTheStartWithTheWayOut() {
        FailureAnalysis failure = Failures.of(Runners.lines()
                .withClassLoader(new FilteredClassLoader(JsonMapper.class))
                .withBean(Json.class));
        assertThat(failure.getDescription()).contains("no PayloadConverter bean by which parameter 1");
        assertThat(failure.getAction()).contains("JSON, with Jackson 3 on the class path");
    }

    @Test
    void switchedOffThereIsNone() {
        Runners.lines()
                .withPropertyValues("mill.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JacksonPayloadConverter.class));
    }

    record Person(String firstName) {}

    static class Json {
        @MillHandler(server = "lines")
        Person same(Person person) {
            return person;
        }
    }

    static class Text {
        @MillHandler(server = "lines")
        String same(String line) {
            return line;
        }
    }
}
