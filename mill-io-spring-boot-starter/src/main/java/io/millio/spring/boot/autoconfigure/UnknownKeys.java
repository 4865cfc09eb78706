package io.millio.spring.boot.autoconfigure;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Warns of keys below {@code mill} that nothing reads, as a typing error makes them. Used once by the thread that refreshes the
 * context. Environment variables are not looked at: other programs have some that begin with MILL_ too.
 */
final class UnknownKeys implements SmartInitializingSingleton {
    private static final Log LOG = LogFactory.getLog(MillAutoConfiguration.class);
    private static final int SUGGESTIONS = 3;
    private static final String MAP_KEY = "*";

    private final Environment environment;

    UnknownKeys(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void afterSingletonsInstantiated() {
        try {
            BindHandler strict = new NoUnboundElementsBindHandler(BindHandler.DEFAULT, UnknownKeys::isChecked);
            Binder.get(environment)
                    .bind(
                            "mill",
                            org.springframework.boot.context.properties.bind.Bindable.of(MillProperties.class),
                            strict);
        } catch (BindException e) {
            if (e.getCause() instanceof UnboundConfigurationPropertiesException unbound) {
                unbound.getUnboundProperties().forEach(UnknownKeys::warn);
            }
        }
    }

    private static Boolean isChecked(ConfigurationPropertySource source) {
        return !(source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && underlying.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME));
    }

    private static void warn(ConfigurationProperty property) {
        String name = property.getName().toString();
        String origin = property.getOrigin() == null ? "" : " (" + property.getOrigin() + ")";
        LOG.warn("Unknown property " + name + origin + " has no effect; the nearest known ones are "
                + String.join(", ", nearest(name)));
    }

    static List<String> nearest(String name) {
        String[] elements = name.split("\\.", -1);
        Set<String> known = PropertyKeys.of("mill", MillProperties.class);
        return known.stream()
                .map(key -> elements.length > 2 ? key.replace(MAP_KEY, elements[2]) : key)
                .sorted(Comparator.comparingInt((String key) -> distance(name, key))
                        .thenComparing(key -> key))
                .limit(SUGGESTIONS)
                .collect(Collectors.toList());
    }

    /** The number of letters to add, drop or change (Levenshtein), row by row. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int above = row[j];
                int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[to.length()];
    }
}
