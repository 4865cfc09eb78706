package io.millio.spring.boot.autoconfigure;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/** The keys that a record of properties can hold, with {@code *} in place of a map's keys; stateless. */
final class PropertyKeys {
    private PropertyKeys() {}

    /** All keys below a prefix, in alphabetical order. */
    static Set<String> of(String prefix, Class<?> type) {
        Set<String> keys = new TreeSet<>();
        collect(prefix, type, keys);
        return keys;
    }

    private static void collect(String prefix, Class<?> type, Set<String> keys) {
        for (RecordComponent component : type.getRecordComponents()) {
            String key = prefix + '.' + DataObjectPropertyName.toDashedForm(component.getName());
            if (component.getType() == Map.class) {
                ParameterizedType map = (ParameterizedType) component.getGenericType();
                collect(key + ".*", (Class<?>) map.getActualTypeArguments()[1], keys);
            } else if (component.getType().isRecord()) {
                collect(key, component.getType(), keys);
            } else {
                keys.add(key);
            }
        }
    }
}
