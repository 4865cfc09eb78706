package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import io.millio.spring.boot.testkit.DocumentedTable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.util.ClassUtils;
import org.springframework.util.unit.DataSize;

class MetadataTest {
    private static final Map<String, Map<String, Object>> DOCUMENTED = new TreeMap<>();
    private static final Map<String, List<String>> HINTS = new TreeMap<>();
    private static final Map<String, Map<String, Object>> MANAGEMENT = new TreeMap<>();

    @BeforeAll
    static void read() throws IOException {
        try (InputStream json = Objects.requireNonNull(
                MillProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json"))) {
            DocumentContext metadata = JsonPath.parse(json);
            List<Map<String, Object>> properties = metadata.read("$.properties[*]");
            List<Map<String, Object>> hints = metadata.read("$.hints[*]");
            hints.forEach(hint -> HINTS.put((String) hint.get("name"), JsonPath.read(hint, "$.values[*].value")));
            properties.forEach(property -> {
                String name = (String) property.get("name");
                (name.startsWith("management.") ? MANAGEMENT : DOCUMENTED).put(name, property);
            });
        }
    }

    @Test
    void everyKeyIsDocumentedAndNothingElse() {
        Set<String> keys = PropertyKeys.of("mill", MillProperties.class);
        keys.add("mill.servers");
        keys.add("mill.clients");
        keys.add("mill.watches");
        assertThat(DOCUMENTED.keySet()).isEqualTo(keys);
    }

    @Test
    void theKeysThatActuatorReadsAreDocumentedToo() {
        assertThat(MANAGEMENT.keySet())
                .containsExactly(
                        "management.endpoint.mill.access",
                        "management.endpoint.mill.cache.time-to-live",
                        "management.health.mill.enabled",
                        "management.info.mill.enabled");
        assertThat(MANAGEMENT.values()).allSatisfy(property -> assertThat((String) property.get("description"))
                .isNotBlank()
                .endsWith("."));
    }

    @Test
    void everyDescriptionIsWrittenAsSpringWritesThem() {
        assertThat(DOCUMENTED.values()).allSatisfy(property -> {
            String description = (String) property.get("description");
            assertThat(description).isNotBlank().endsWith(".").matches("[A-Z].*");
            assertThat(description).doesNotStartWith("The ").doesNotContainIgnoringCase("default");
            if (property.get("type").equals("java.lang.Boolean")) {
                assertThat(description).startsWith("Whether ");
            }
        });
    }

    @Test
    void theDocumentationHoldsTheSameKeysDefaultsAndTexts() throws IOException {
        Map<String, List<String>> rows = new TreeMap<>();
        for (List<String> row : DocumentedTable.rows("configuration.md")) {
            String key = DocumentedTable.code(row.get(0)).get(0);
            rows.put(key.startsWith("mill.") ? key : "mill.servers.*." + key, row);
        }
        Set<String> keys = new TreeSet<>(DOCUMENTED.keySet());
        keys.remove("mill.servers");
        keys.remove("mill.clients");
        keys.remove("mill.watches");
        assertThat(rows.keySet()).isEqualTo(keys);
        assertThat(rows).allSatisfy((key, row) -> {
            Map<String, Object> property = Objects.requireNonNull(DOCUMENTED.get(key));
            assertThat(row.get(2).replace('`', '"')).isEqualTo(property.get("description"));
            if (property.get("defaultValue") != null) {
                assertThat(row.get(1)).isEqualTo("`" + property.get("defaultValue") + "`");
            }
        });
    }

    /** What an editor offers as values, and that each of them binds. */
    @Test
    void everyEnumHasAHintForEachValueThatCanBeUsed() {
        Set<String> enums = new TreeSet<>();
        DOCUMENTED.forEach((name, property) -> {
            Class<?> type = ClassUtils.resolveClassName(((String) property.get("type")).replaceAll("<.*", ""), null);
            if (type.isEnum()) {
                enums.add(name);
                assertThat(HINTS.get(name)).as(name).isNotEmpty().allSatisfy(value -> assertThat(
                                ApplicationConversionService.getSharedInstance().convert(value, type))
                        .isNotNull());
            }
        });
        assertThat(enums).hasSizeGreaterThanOrEqualTo(6);
        assertThat(DOCUMENTED.keySet()).containsAll(HINTS.keySet());
    }

    @Test
    void everyDefaultCanBeSetAndBinds() {
        Map<String, Object> values = new TreeMap<>();
        DOCUMENTED.forEach((name, property) -> {
            if (property.get("defaultValue") != null) {
                values.put(name.replace("*", "some"), property.get("defaultValue"));
            }
        });
        Binder binder = new Binder(
                List.of(new MapConfigurationPropertySource(values)),
                null,
                ApplicationConversionService.getSharedInstance());
        MillProperties bound = binder.bind("mill", MillProperties.class).get();
        MillProperties.Server server = Objects.requireNonNull(bound.servers().get("some"));
        assertThat(server.idleTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(Objects.requireNonNull(server.framing()).maxFrame()).isEqualTo(DataSize.ofMegabytes(1));
        assertThat(bound.eventLoop())
                .isEqualTo(
                        new Binder().bindOrCreate("mill", MillProperties.class).eventLoop());
    }
}
