package io.millio.spring.boot.autoconfigure;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
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

    /** The keys of a record that hold a value, without a prefix, in the order of the record. */
    static List<String> present(Record values) {
        List<String> keys = new ArrayList<>();
        collectPresent("", values, keys);
        return keys;
    }

    private static void collectPresent(String prefix, Record values, List<String> keys) {
        for (RecordComponent component : values.getClass().getRecordComponents()) {
            String key = prefix + DataObjectPropertyName.toDashedForm(component.getName());
            Object value = value(values, component);
            if (value instanceof Record nested) {
                collectPresent(key + '.', nested, keys);
            } else if (value != null) {
                keys.add(key);
            }
        }
    }

    private static @Nullable Object value(Record values, RecordComponent component) {
        try {
            return component.getAccessor().invoke(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the value of " + component + " cannot be read", e);
        }
    }
}
